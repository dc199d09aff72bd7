"""An organization on paper: the package's policies attached, its stacks' resource policies in force, and requests decided."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from generator.policy.completion import Membership, Surroundings, complete
from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies, evaluate
from generator.policy.keys import Context
from generator.policy.layers import FULL_ACCESS, ControlPolicies, Level, rcp_layer, scp_layer
from generator.policy.model import Policy, PolicyKind
from generator.policy.request import Request, principal_of
from tests.conftest import example_of, template_of, yaml_of

ADMINISTRATOR = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', PolicyKind.IDENTITY, "a"
)
EVERYBODY = parse(
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    PolicyKind.RESOURCE,
    "a",
)
KINDS = {"scp": PolicyKind.SCP, "rcp": PolicyKind.RCP}
KEY_ID = "11111111-2222-3333-4444-555555555555"
"""Of the first key that the package makes in an account and region; the others' ids are their own."""

PHYSICAL = "EXAMPLE"
"""How the names end that CloudFormation chooses."""


@dataclass(frozen=True)
class Deployed:
    """One stack of a stack set: the template in one account and region. `region` and `account` are what its pseudo parameters say."""

    name: str
    resource_file: str
    account: str
    region: str

    @property
    def stack_name(self) -> str:
        """As CloudFormation calls the stacks of CfCT's stack sets (state_machine_handler.py)."""
        return f"StackSet-CustomControlTower-{self.name}-{PHYSICAL}"


class Paper:
    """An organization with the package's policies attached, and its stacks' resource policies in force."""

    def __init__(self, example):
        self.organization = example.landing_zone.organization
        self.files = example.built.files.files
        manifest = yaml_of(self.files["manifest.yaml"])
        self.entries = [entry for entry in manifest["resources"] if entry["deploy_method"] == "stack_set"]
        attached = [entry for entry in manifest["resources"] if entry["deploy_method"] != "stack_set"]
        self.scps = {account.id: self._levels(account.id, attached, "scp") for account in self.organization.accounts}
        self.rcps = {account.id: self._levels(account.id, attached, "rcp") for account in self.organization.accounts}
        self.controls = ControlPolicies(self.organization.management_account, self.scps, self.rcps)
        self.stacks = tuple(self._deployed())
        self.policies = dict(self._resource_policies())

    def _levels(self, account, attached, layer) -> tuple[Level, ...]:
        return tuple(
            Level(target, (*self._already_attached(target, layer), *self._emitted(target, attached, layer)))
            for target in (*self.organization.lineage(account), account)
        )

    def _already_attached(self, target, layer) -> list[Policy]:
        """What the organization has today, Control Tower's own policies among it; an OU of which nothing is known has full access."""
        known = [
            parse(each.content, KINDS[layer], each.name) for each in self.organization.attached_to(target) if each.type == layer
        ]
        return known or ([FULL_ACCESS] if layer == "scp" else [])

    def _emitted(self, target, attached, layer) -> list[Policy]:
        """CfCT's word for the root is `Root` (manifest_parser.py, get_ou_id)."""
        paths = {unit.id: unit.path for unit in self.organization.organizational_units} | {self.organization.root_id: "Root"}
        return [
            parse(self.files[entry["resource_file"]].decode(), KINDS[layer], entry["name"])
            for entry in attached
            if entry["deploy_method"] == layer and paths.get(target) in entry["deployment_targets"]["organizational_units"]
        ]

    def _deployed(self) -> Iterator[Deployed]:
        """Every stack, in the order of the manifest. An OU means the accounts directly in it (get_accounts_in_ou)."""
        for entry in self.entries:
            targets = entry["deployment_targets"]
            inside = [
                account.id
                for path in targets.get("organizational_units", ())
                for account in self.organization.accounts_directly_in(path)
            ]
            for account in (*targets.get("accounts", ()), *inside):
                for region in entry["regions"]:
                    yield Deployed(entry["name"], entry["resource_file"], account, region)

    @cached_property
    def _templates(self) -> Mapping[str, Mapping]:
        files = {entry["resource_file"] for entry in self.entries}
        return {file: template_of(self.files[file]) for file in files}

    def template(self, stack) -> Mapping:
        return self._templates[stack.resource_file]

    def resources(self, kind: str = "") -> Iterator[tuple[Deployed, str, dict]]:
        """Every resource of that type in every stack: stack, title, and properties as CloudFormation fills them in."""
        for stack in self.stacks:
            for title, resource in self.template(stack)["Resources"].items():
                if kind in ("", resource["Type"]):
                    yield stack, title, self.filled_in(stack, resource.get("Properties", {}))

    def filled_in(self, stack, value):
        """`value` without the intrinsic functions that policies and names are made with."""
        match value:
            case {"Ref": str(name)}:
                return self._reference(stack, name)
            case {"Fn::GetAtt": [str(title), "Arn"]}:
                return self.arn(stack, title)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^!}]+)\}", lambda found: self._reference(stack, found[1]), text)
            case dict():
                return {key: self.filled_in(stack, each) for key, each in value.items()}
            case list():
                return [self.filled_in(stack, each) for each in value]
        return value

    def _reference(self, stack, name) -> str:
        pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::Partition": self.organization.partition,
            "AWS::Region": stack.region,
            "AWS::StackName": stack.stack_name,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template(stack)["Resources"]:
            return self.name_of(stack, name)
        return self._parameter(stack, name)

    def _parameter(self, stack, name) -> str:
        """What the manifest gives the parameter: a text, or an output that CfCT has put into the parameter store before."""
        (entry,) = (entry for entry in self.entries if entry["name"] == stack.name)
        given = {each["parameter_key"]: each["parameter_value"] for each in entry.get("parameters", ())}
        if not str(given[name]).startswith("$[alfred_ssm_"):
            return given[name]
        path = given[name].removeprefix("$[alfred_ssm_").removesuffix("]")
        (exporting, output) = next(
            (exporting, export["value"].removeprefix("$[output_").removesuffix("]"))
            for exporting in self.entries
            for export in exporting.get("export_outputs", ())
            if export["name"] == path
        )
        source = next(each for each in self.stacks if each.name == exporting["name"])
        return self.filled_in(source, self.template(source)["Outputs"][output]["Value"])

    def name_of(self, stack, title) -> str:
        """The name that a resource of the template has: its own, or the one that CloudFormation chooses."""
        resource = self.template(stack)["Resources"][title]
        properties = resource.get("Properties", {})
        named = next(
            (
                properties[key]
                for key in ("BucketName", "RoleName", "LogGroupName", "TrailName", "AliasName")
                if key in properties
            ),
            None,
        )
        if resource["Type"] == "AWS::KMS::Key":
            return self.arn(stack, title).rpartition("/")[2]
        return self.filled_in(stack, named) if named else f"{stack.stack_name}-{title}-{PHYSICAL}"

    def arn(self, stack, title) -> str:
        """The ARN that a resource of the template will have, or `*` for one that no emitted policy can name."""
        resource = self.template(stack)["Resources"][title]
        place = f"{stack.region}:{stack.account}"
        match resource["Type"]:
            case "AWS::S3::Bucket":
                rest = f"s3:::{self.name_of(stack, title)}"
            case "AWS::S3::BucketPolicy":
                rest = f"s3:::{self.filled_in(stack, resource['Properties']['Bucket'])}"
            case "AWS::KMS::Key":
                rest = f"kms:{place}:key/{self._key_id(stack, title)}"
            case "AWS::KMS::Alias":
                rest = f"kms:{place}:{self.name_of(stack, title)}"
            case "AWS::CloudTrail::Trail":
                rest = f"cloudtrail:{place}:trail/{self.name_of(stack, title)}"
            case "AWS::Logs::LogGroup":
                rest = f"logs:{place}:log-group:{self.name_of(stack, title)}"
            case "AWS::IAM::Role":
                rest = f"iam::{stack.account}:role/{self.name_of(stack, title)}"
            case _:
                return "*"
        return f"arn:{self.organization.partition}:{rest}"

    def _key_id(self, stack, title) -> str:
        keys = [
            (each, name)
            for each in self.stacks
            if (each.account, each.region) == (stack.account, stack.region)
            for name, resource in self.template(each)["Resources"].items()
            if resource["Type"] == "AWS::KMS::Key"
        ]
        return KEY_ID if keys[0] == (stack, title) else str(uuid.uuid5(uuid.NAMESPACE_OID, f"{stack}{title}"))

    def _resource_policies(self) -> Iterator[tuple[str, Policy]]:
        for stack, title, properties in self.resources("AWS::KMS::Key"):
            yield self.arn(stack, title), parse(json.dumps(properties["KeyPolicy"]), PolicyKind.KEY, title)
        for stack, title, properties in self.resources("AWS::S3::BucketPolicy"):
            yield self.arn(stack, title), parse(json.dumps(properties["PolicyDocument"]), PolicyKind.RESOURCE, title)

    def policy_on(self, resources):
        """The bucket's or key's own policy, if the package makes it."""
        owners = [arn.split("/")[0] if ":s3:::" in arn else arn for arn in resources]
        return next((self.policies[owner] for owner in owners if owner in self.policies), None)

    def decide(self, principal, action, resources, account, **context):
        """Organization policies and resource policies, for a sender that its own account lets do everything."""
        policies = AccountPolicies(identity=(ADMINISTRATOR,), resource=self.policy_on(resources))
        return self._evaluate(policies, principal, action, resources, account, context)

    def layers(self, principal, action, resources, account, **context):
        """The organization's policies alone, where the resource's own policy is not ours and lets everybody in."""
        policies = AccountPolicies(identity=(ADMINISTRATOR,), resource=EVERYBODY)
        return self._evaluate(policies, principal, action, resources, account, context)

    def decide_as(self, policies, principal, action, resources, account, **context):
        """For a sender with just these policies of its own."""
        return self._evaluate(policies, principal, action, resources, account, context)

    def layer(self, layer, principal, action, resources, account, **context):
        """One of the two layers alone."""
        request = self._request(principal, action, resources, account, context)
        return (scp_layer if layer == "scp" else rcp_layer)(request, self.controls)

    def _evaluate(self, policies, principal, action, resources, account, context):  # noqa: PLR0913, PLR0917  # a request's parts
        return evaluate(self._request(principal, action, resources, account, context), self.controls, policies)

    def _request(self, principal, action, resources, account, context) -> Request:
        organization = self.organization
        memberships = {each.id: Membership(organization.id, ()) for each in organization.accounts}
        given = {key: (value,) for key, value in context.items()}
        surroundings = Surroundings(region=organization.home_region, memberships=memberships)
        return complete(Request(principal_of(principal), action, tuple(resources), account, Context(given)), surroundings)


@cache
def paper_of(name: str) -> Paper:
    """A landing zone on paper, by its folder's name: made once, and not to be changed."""
    return Paper(example_of(name))
