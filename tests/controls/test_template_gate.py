"""template-gate: what is deployed where, which rules it carries, whom it locks out, and whom it must not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest
import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from generator.aws.frameworks import Framework
from generator.aws.partitions import PARTITIONS
from generator.aws.quotas import NEWEST, PROFILES
from generator.build import Built, build
from generator.checks.finding import Level
from generator.checks.guard.engine import evaluate
from generator.checks.guard.source import cut, load
from generator.checks.proof import Proof
from generator.checks.subject import Subject
from generator.controls import CONTROLS
from generator.controls.template_gate import CONTROL, rules
from generator.controls.template_gate.naming import DEPLOYED_STACKS, HOOK_ROLE, SLUG
from generator.controls.template_gate.options import TemplateGateOptions
from generator.controls.template_gate.rules import LEFT_OUT, gate_rules, gate_text, shipped
from generator.controls.template_gate.scope import WITHOUT_HOOKS
from generator.errors import PackageError
from generator.landing_zone.organization import Account
from generator.package.files import PackageFiles
from generator.package.ledger import Ledger
from generator.prover.hinges import open_hinges
from generator.prover.mutation import dead, mutants
from generator.prover.prove import Verdict, prove
from tests.conftest import Example, example_of, template_of, yaml_of
from tests.paper import Paper

ROOT = Path(__file__).parents[2]
FAIL = {"mode": "fail"}
SANDBOX = TemplateGateOptions(organizational_units=("Sandbox",))


@cache
def gated(options: TemplateGateOptions = SANDBOX, name: str = "reference") -> Example:
    """The landing zone with this gate and without the other controls, so that the tests are about it alone."""
    example = example_of(name)
    sections = {slug: replace_enabled(section) for slug, section in example.landing_zone.options.items()}
    landing_zone = replace(example.landing_zone, options={**sections, SLUG: options})
    return replace(example, landing_zone=landing_zone, built=build(landing_zone, CONTROLS, Ledger()))


def replace_enabled(section):
    return section.model_copy(update={"enabled": False})


def template(built: Built, stack: str) -> dict:
    return template_of(built.files.files[f"templates/{stack}.yaml"])


def only(built: Built, stack: str, kind: str) -> dict:
    (found,) = (each for each in template(built, stack)["Resources"].values() if each["Type"] == kind)
    return found["Properties"]


def hook(built: Built) -> dict:
    return only(built, SLUG, "AWS::CloudFormation::GuardHook")


def deployed(built: Built) -> list[tuple[str, list, list, list]]:
    manifest = yaml_of(built.files.files["manifest.yaml"])
    return [
        (
            entry["name"],
            entry["deployment_targets"].get("accounts", []),
            entry["deployment_targets"].get("organizational_units", []),
            entry["regions"],
        )
        for entry in manifest["resources"]
        if entry["deploy_method"] == "stack_set"
    ]


def test_without_organizational_units_there_is_no_gate(example_called):
    built = gated(TemplateGateOptions()).built
    assert sorted(built.files.files) == ["manifest.yaml"]
    assert not [path for path in example_called("minimal").built.files.files if SLUG in path]


def test_the_rules_come_before_the_role_and_the_role_before_the_hook():
    regions = ["eu-central-1", "eu-north-1", "eu-west-1", "us-east-1", "us-west-2"]
    assert [(name, accounts, units, sorted(where)) for name, accounts, units, where in deployed(gated().built)] == [
        ("template-gate-rules", ["333333333333"], [], regions),
        ("template-gate-role", [], ["Sandbox"], ["eu-central-1"]),
        ("template-gate", [], ["Sandbox"], regions),
    ]


def test_an_account_that_joins_changes_no_template_and_no_policy():
    landing_zone = gated().landing_zone
    joined = Account("999999999999", "Sandbox New", None, "Sandbox")
    organization = replace(landing_zone.organization, accounts=(*landing_zone.organization.accounts, joined))
    after = build(replace(landing_zone, organization=organization), CONTROLS, Ledger()).files.files
    before = gated().built.files.files
    assert {path for path in before if before[path] != after[path]} == {"claims/template-gate.yaml"}


def test_the_hook_begins_with_warnings_and_says_so():
    shown = template(gated().built, SLUG)["Resources"]["Gate"]
    assert (shown["Properties"]["FailureMode"], shown["Properties"]["HookStatus"]) == ("WARN", "ENABLED")
    assert shown["Metadata"]["guard"]["SuppressedRules"] == ["HOOK_STOPS_FAILURES"]
    failing = template(gated(SANDBOX.model_copy(update=FAIL)).built, SLUG)["Resources"]["Gate"]
    assert failing["Properties"]["FailureMode"] == "FAIL"
    assert "Metadata" not in failing


def test_the_hook_looks_at_stacks_that_are_made_or_changed_and_never_stops_a_deletion():
    properties = hook(gated().built)
    assert properties["TargetOperations"] == ["STACK"]
    assert properties["TargetFilters"] == {"Actions": ["CREATE", "UPDATE"]}


def passes(name: str) -> bool:
    filters = hook(gated().built)["StackFilters"]
    assert (filters["FilteringCriteria"], list(filters), list(filters["StackNames"])) == (
        "ALL",
        ["FilteringCriteria", "StackNames"],
        ["Exclude"],
    )
    return any(fnmatchcase(name, pattern) for pattern in filters["StackNames"]["Exclude"])


def test_what_control_tower_and_cfct_deploy_passes_by_and_nothing_else(reference):
    for name, *_ in (*deployed(reference.built), *deployed(gated().built)):
        assert passes(f"StackSet-CustomControlTower-{name}-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0")
    assert passes("StackSet-AWSControlTowerBP-BASELINE-CLOUDWATCH-0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0")
    for name in (
        "shop",
        "StackSet-Baseline-0b1c2d3e",
        "CustomControlTower-shop",
        "AWSControlTower",
        "my-StackSet-AWSControlTowerBP",
    ):
        assert not passes(name)


def test_every_name_that_passes_is_guarded():
    text = "".join(content.decode() for path, content in gated().built.files.files.items() if path.startswith("policies/"))
    for name in DEPLOYED_STACKS:
        assert f"arn:aws:cloudformation:*:*:stack/{name}/*" in text


def test_the_hook_reads_the_object_that_the_function_puts_and_its_name_is_the_digest():
    put = only(gated().built, "template-gate-rules", "Custom::TemplateGateRules")
    bucket = only(gated().built, "template-gate-rules", "AWS::S3::Bucket")
    assert put["Key"] == f"rules/{hashlib.sha256(put['Rules'].encode()).hexdigest()}.guard"
    assert hook(gated().built)["RuleLocation"] == {"Uri": {"Fn::Sub": f"s3://{bucket['BucketName']['Fn::Sub']}/{put['Key']}"}}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_other_rules_are_another_object_and_another_hook():
    fewer = gated(SANDBOX.model_copy(update={"without": ("BUCKET_PUBLIC_ACCESS_BLOCKED",)})).built
    assert hook(fewer)["RuleLocation"] != hook(gated().built)["RuleLocation"]
    assert {**hook(fewer), "RuleLocation": ""} == {**hook(gated().built), "RuleLocation": ""}


def test_the_hooks_role_reads_rules_and_nothing_else():
    role = only(gated().built, "template-gate-role", "AWS::IAM::Role")
    assert role["RoleName"] == HOOK_ROLE
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "hooks.cloudformation.amazonaws.com"}
    (policy,) = role["Policies"]
    allowed = {action: each["Resource"] for each in policy["PolicyDocument"]["Statement"] for action in each["Action"]}
    bucket = "arn:aws:s3:::template-gate-333333333333-*"
    assert allowed == {
        "s3:ListBucket": [bucket],
        "s3:GetObject": [f"{bucket}/rules/*"],
        "s3:GetObjectVersion": [f"{bucket}/rules/*"],
    }
    assert "ManagedPolicyArns" not in role


def test_the_bucket_lets_hooks_of_the_organization_read_and_nobody_else():
    document = only(gated().built, "template-gate-rules", "AWS::S3::BucketPolicy")["PolicyDocument"]
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            assert all(action.startswith(("s3:Get", "s3:List")) for action in statement["Action"])
            assert statement["Condition"]["ArnLike"] == {"aws:PrincipalArn": f"arn:aws:iam::*:role/{HOOK_ROLE}"}
            assert statement["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": "o-exampleorg1"}
    denied = {each["Sid"] for each in document["Statement"] if each["Effect"] == "Deny"}
    assert denied == {"TlsOnly", "OrganizationOnly"}


def test_a_rule_is_cut_out_of_its_file_as_the_judge_reads_it():
    read = {rule.name: rule for file in load((ROOT / "guard_rules",)) for rule in file.rules}
    ours = {rule.name: rule for rule in shipped(ROOT / "guard_rules")}
    assert list(ours) == list(read)
    for name, rule in ours.items():
        assert (rule.frameworks, rule.warns) == (
            read[name].header.frameworks,
            read[name].header.level_for(home=False) is not Level.ERROR,
        ), name


def cases() -> list[tuple[dict, dict]]:
    documents = [yaml_of(path.read_bytes()) for path in sorted((ROOT / "tests/guard").glob("*_tests.yml"))]
    return [(case["input"], case["expectations"]["rules"]) for document in documents for case in document]


def test_the_hooks_text_says_of_a_stack_what_the_rules_own_cases_say():
    """All in one file, in the form in which a hook shows a stack, with what was deployed before beside it."""
    chosen = gate_rules(TemplateGateOptions(warnings=True), shipped())
    files = {rule.name: cut(rule.text, Path("gate.guard")) for rule in chosen}
    bad = {"Resources": {"Old": {"Type": "AWS::S3::Bucket", "Properties": {}}}}
    context = {"HookContext": {"TargetType": "STACK", "InvocationPoint": "UPDATE_PRE_PROVISION"}, "Previous": bad}
    seen = set()
    for given, expected in cases():
        for name, verdict in expected.items():
            if name in files:
                (outcome,) = evaluate({**context, **given}, files[name])
                assert (name, outcome.status) == (name, verdict)
                seen.add(name)
    assert seen == set(files)
    whole = cut(gate_text(chosen, TemplateGateOptions()), Path("gate.guard"))
    assert {each.rule for each in evaluate({**context, "Resources": {}}, whole)} == set(files)


def test_by_default_only_errors_go_and_frameworks_and_names_narrow_them():
    every = {rule.name: rule for rule in shipped()}
    default = {rule.name for rule in gate_rules(TemplateGateOptions(), shipped())}
    assert default == {name for name, rule in every.items() if not rule.warns} - set(LEFT_OUT)
    cis = {rule.name for rule in gate_rules(TemplateGateOptions(frameworks=(Framework.CIS,)), shipped())}
    assert cis
    assert cis < default
    assert "POLICY_NAMES_ACTIONS" in cis
    without = TemplateGateOptions(without=("BUCKET_PUBLIC_ACCESS_BLOCKED",))
    assert default - {rule.name for rule in gate_rules(without, shipped())} == {"BUCKET_PUBLIC_ACCESS_BLOCKED"}


def test_what_is_left_out_exists_and_has_a_reason():
    assert set(LEFT_OUT) <= {rule.name for rule in shipped()}
    assert all(LEFT_OUT.values())


SUPPRESSED = {
    "Resources": {
        "It": {"Type": "AWS::S3::Bucket", "Properties": {}, "Metadata": {"guard": {"SuppressedRules": ["BUCKET_VERSIONING"]}}}
    }
}


@pytest.mark.parametrize(("exceptions", "verdict"), [("honoured", "SKIP"), ("ignored", "FAIL")])
def test_an_author_may_make_exceptions_unless_they_are_ignored(exceptions, verdict):
    options = TemplateGateOptions(exceptions=exceptions)
    (rule,) = (each for each in shipped() if each.name == "BUCKET_VERSIONING")
    (outcome,) = evaluate(SUPPRESSED, cut(gate_text((rule,), options), Path("gate.guard")))
    assert outcome.status == verdict


def test_no_exception_is_left_where_they_are_ignored():
    options = TemplateGateOptions(exceptions="ignored", warnings=True)
    assert "SuppressedRules" not in gate_text(gate_rules(options, shipped()), options)


def test_a_rule_that_does_not_exist_is_refused_with_the_nearest():
    with pytest.raises(PackageError, match="`BUCKET_VERSIONNING`") as caught:
        gate_rules(TemplateGateOptions(without=("BUCKET_VERSIONNING",)), shipped())
    assert "BUCKET_VERSIONING" in caught.value.problems[0].remedy


def test_a_choice_that_leaves_no_rule_is_refused():
    with pytest.raises(PackageError, match="no rule is left"):
        gate_rules(
            TemplateGateOptions(without=("BUCKET_VERSIONING",)), (each for each in shipped() if each.name == "BUCKET_VERSIONING")
        )


def test_rules_that_no_request_can_hold_are_refused(monkeypatch):
    options = TemplateGateOptions(warnings=True)
    assert gate_text(gate_rules(options, shipped()), options)
    monkeypatch.setattr(rules, "LARGEST_REQUEST", 100_000)
    with pytest.raises(PackageError, match="Lambda takes 100,000"):
        gate_text(gate_rules(options, shipped()), options)


def test_regions_without_hooks_are_those_of_the_registrys_schemas():
    lacking = set()
    for partition in PARTITIONS.values():
        for region in partition.regions:
            if "AWS::CloudFormation::GuardHook" not in PROVIDER_SCHEMA_MANAGER.get_resource_types(region):
                lacking.add(region)
    assert lacking == WITHOUT_HOOKS


def test_where_no_region_has_hooks_a_gate_is_refused():
    with pytest.raises(PackageError, match="CloudFormation has none in `us-gov-east-1`, `us-gov-west-1`"):
        gated(TemplateGateOptions(organizational_units=("Security",)), "us-gov")


def test_an_audit_account_in_the_root_is_refused():
    landing_zone = gated().landing_zone
    organization = landing_zone.organization
    accounts = tuple(replace(each, ou=None) if each.id == organization.audit else each for each in organization.accounts)
    with pytest.raises(PackageError, match="the Audit account `333333333333`"):
        build(replace(landing_zone, organization=replace(organization, accounts=accounts)), CONTROLS, Ledger())


def test_an_ou_that_holds_accounts_only_below_it_is_noted_and_its_policy_stands_on_the_topmost():
    built = gated(TemplateGateOptions(organizational_units=("Infrastructure:Network", "Infrastructure"))).built
    assert any("names OU `Infrastructure`, which holds no account directly" in note for note in built.notes)
    policies = sorted(path for path in built.files.files if path.startswith("policies/"))
    assert policies == ["policies/templates-scp-ou-exam-c0ffee01.json", "policies/templates-scp-ou-exam-c0ffee02.json"]


CASES = json.loads((ROOT / "tests/cases/template_gate.json").read_text())["cases"]
SHORT = {
    "AUDIT": "arn:aws:iam::333333333333:role",
    "MEMBER": "arn:aws:iam::100000000030:role",
    "RULES": "arn:aws:s3:::template-gate-333333333333-eu-west-1",
    "STACK": "arn:aws:cloudformation:eu-west-1:100000000030:stack",
}


def spelled(text: str) -> str:
    word, slash, rest = text.partition("/")
    return SHORT.get(word, word) + slash + rest


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_right_statement_denies(case):
    who = spelled(case["who"])
    paper = Paper(policies_alone(gated()))
    decision = paper.layer("scp", who, case["action"], (spelled(case["resource"]),), who.split(":")[4])
    sids = {statement.sid.removeprefix("TemplateGate") for statement in decision.statements if statement.effect == "Deny"}
    assert sids == ({case["sid"]} if case["sid"] else set())


def policies_alone(example: Example) -> Example:
    """Without stacks, and without what is attached today, so that only this control's statements answer."""
    manifest = yaml_of(example.built.files.files["manifest.yaml"])
    policies = [each for each in manifest["resources"] if each["deploy_method"] == "scp"]
    alone = {**manifest, "resources": policies}
    files = PackageFiles({**example.built.files.files, "manifest.yaml": yaml.safe_dump(alone).encode()})
    organization = replace(example.landing_zone.organization, attached=())
    return replace(
        example,
        landing_zone=replace(example.landing_zone, organization=organization),
        built=replace(example.built, files=files),
    )


def test_every_statement_has_a_case():
    text = [json.loads(content) for path, content in gated().built.files.files.items() if path.startswith("policies/")]
    sids = {each["Sid"].removeprefix("TemplateGate") for document in text for each in document["Statement"]}
    assert sids == {case["sid"] for case in CASES} - {None}


NAMED = [
    SANDBOX,
    TemplateGateOptions(organizational_units=("Security",), mode="fail"),
    TemplateGateOptions(organizational_units=("Workloads:Production", "Workloads:Production:Regulated")),
]


@pytest.mark.parametrize("options", NAMED, ids=["Sandbox", "Security", "nested"])
def test_the_claims_hold_for_reasons_and_every_part_of_the_policies_is_needed(options):
    example = gated(options)
    organization = example.landing_zone.organization
    proof = Proof(Subject(example.built.files, organization, PROFILES[NEWEST]))
    claims = [claim for _, claim in proof.claims[0]]
    estate = proof.estate(organization)
    assert len(claims) == 15
    assert [result.claim.id for _, result in proof.results if not result.holds] == []
    audit = f"arn:aws:iam::{organization.audit}:role/AWSControlTowerExecution"
    assert {hinge.spared for hinge in open_hinges(claims, estate)} <= {audit}, (
        "which log-archive-guard guards, from `Facts.spared`"
    )
    bare = prove(claims, estate.without_policies())
    assert all((result.verdict is Verdict.REFUTED) is (result.claim.expect == "denied") for result in bare)
    changed = tuple(mutants(estate))
    assert len(changed) > 30
    assert [f"{mutant.sid} {mutant.part}" for mutant in dead(claims, changed)] == []


def test_the_control_says_why_it_is_there():
    assert CONTROL.sources
    assert CONTROL.frameworks
