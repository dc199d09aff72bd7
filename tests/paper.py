"""An organization on paper: the package's policies attached, its stacks' resource policies in force, and requests decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import cfn_flip
import yaml

from generator.policy.completion import Membership, Surroundings, complete
from generator.policy.document import parse
from generator.policy.evaluate import AccountPolicies, evaluate
from generator.policy.keys import Context
from generator.policy.layers import FULL_ACCESS, ControlPolicies, Level, rcp_layer, scp_layer
from generator.policy.model import Policy, PolicyKind
from generator.policy.request import Request, principal_of

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


class Paper:
    """An organization with the package's policies attached, and its stacks' resource policies in force."""

    def __init__(self, example):
        self.organization = example.landing_zone.organization
        self.files = example.built.files.files
        manifest = yaml.safe_load(self.files["manifest.yaml"])
        self.stacks = [entry for entry in manifest["resources"] if entry["deploy_method"] == "stack_set"]
        attached = [entry for entry in manifest["resources"] if entry["deploy_method"] != "stack_set"]
        self.scps = {account.id: self._levels(account.id, attached, "scp") for account in self.organization.accounts}
        self.rcps = {account.id: self._levels(account.id, attached, "rcp") for account in self.organization.accounts}
        self.controls = ControlPolicies(self.organization.management_account, self.scps, self.rcps)
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
        paths = {unit.id: unit.path for unit in self.organization.organizational_units}
        return [
            parse(self.files[entry["resource_file"]].decode(), KINDS[layer], entry["name"])
            for entry in attached
            if entry["deploy_method"] == layer and paths.get(target) in entry["deployment_targets"]["organizational_units"]
        ]

    def template(self, stack) -> Mapping:
        return json.loads(cfn_flip.to_json(self.files[stack["resource_file"]].decode()))

    def arn(self, stack, title, resource) -> str:  # noqa: PLR0911  # one per type
        """The ARN that a resource of the template will have, or `*` for one that no emitted policy can name."""
        account, region = self.account(stack), stack["regions"][0]
        partition = self.organization.partition
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::S3::Bucket":
                return f"arn:{partition}:s3:::{properties['BucketName']}"
            case "AWS::S3::BucketPolicy":
                bucket = self.template(stack)["Resources"][properties["Bucket"]["Ref"]]
                return self.arn(stack, title, bucket)
            case "AWS::KMS::Key":
                return f"arn:{partition}:kms:{region}:{account}:key/{KEY_ID}"
            case "AWS::KMS::Alias":
                return f"arn:{partition}:kms:{region}:{account}:{properties['AliasName']}"
            case "AWS::CloudTrail::Trail":
                return f"arn:{partition}:cloudtrail:{region}:{account}:trail/{properties['TrailName']}"
            case "AWS::IAM::Role":
                return f"arn:{partition}:iam::{account}:role/{stack['name']}-{title}-EXAMPLE"
        return "*"

    @staticmethod
    def account(stack) -> str:
        (account,) = stack["deployment_targets"]["accounts"]
        return account

    def _resource_policies(self) -> Iterator[tuple[str, object]]:
        for stack in self.stacks:
            for title, resource in self.template(stack)["Resources"].items():
                properties = resource.get("Properties", {})
                if resource["Type"] == "AWS::KMS::Key":
                    yield self.arn(stack, title, resource), parse(json.dumps(properties["KeyPolicy"]), PolicyKind.KEY, title)
                if resource["Type"] == "AWS::S3::BucketPolicy":
                    document = json.dumps(properties["PolicyDocument"])
                    yield self.arn(stack, title, resource), parse(document, PolicyKind.RESOURCE, title)

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
