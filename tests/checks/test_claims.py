"""The judge of claims: every landing zone's own claims hold, and a package whose policies fall short says with which request."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from generator.aws.quotas import NEWEST, PROFILES
from generator.build import build
from generator.checks import policies
from generator.checks.claims import judge
from generator.checks.proof import Proof
from generator.checks.subject import Subject
from generator.control import Control, sid
from generator.controls import CONTROLS
from generator.errors import InputError
from generator.package.files import PackageFiles
from generator.package.ledger import Ledger
from generator.package.model import Package
from generator.prover.claim import ActionSet, Claim, ClaimLayer, Expectation, NamedAction, Principals, Slug
from generator.prover.estate import Estate, Stack
from generator.prover.hinges import open_hinges
from generator.prover.mutation import dead, mutants
from generator.prover.prove import Verdict, prove
from tests.conftest import example_of

LEAVE = """\
claims:
- id: leave
  statement: no account leaves the organization
  expect: denied
  layer: scp
  principals: {accounts: ['012345670123']}
  actions:
  - service: organizations
    named: [{action: organizations:LeaveOrganization, reason: takes the account out of reach}]
  resources: ['*']
"""
GUARD = "policies/guard.json"


def subject(files: PackageFiles, organization, **changed: str) -> Subject:
    content = {path.replace("__", "/"): text.encode() for path, text in changed.items()}
    return Subject(PackageFiles({**files.files, **content}), organization, PROFILES[NEWEST])


def findings(files, organization, claims=LEAVE, **changed):
    content = {GUARD: changed["guard"]} if "guard" in changed else {}
    return judge(subject(files, organization, **{"claims/a.yaml": claims, **content}))


def test_a_claim_that_holds_is_no_finding(clean_package, organization):
    assert not findings(clean_package, organization)


@pytest.mark.parametrize("text", ["{", "[]", '{"Version": 1, "Version": 2}', "\ufeff{}"])
def test_a_file_that_is_no_policy_is_told_once(clean_package, organization, text):
    files = PackageFiles({**clean_package.files, GUARD: text.encode(), "claims/a.yaml": LEAVE.encode()})
    package = Subject(files, organization, PROFILES[NEWEST])
    assert [finding.rule for finding in policies.judge(package)] == ["CT201"]
    assert judge(package) == ()


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        ('{"StringEquals":{"aws:FutureKey":"x"}}', "CT207"),
        ('{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/${aws:FutureKey}"}}', "CT207"),
        ('{"StringLike":{"aws:TagKeys":"x"}}', "CT210"),
        ('{"ForAnyValue:Stringlike":{"aws:TagKeys":"x"}}', "CT222"),
    ],
)
def test_what_aws_may_take_is_a_warning_and_leaves_every_claim_undecided(clean_package, organization, condition, rule):
    """The claim says of another account what the other policy brings about: nobody knows what the doubtful one adds."""
    guard = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"},'
        f'{{"Effect":"Deny","Action":"s3:CreateBucket","Resource":"*","Condition":{condition}}}]}}'
    )
    package = subject(clean_package, organization, **{"claims/a.yaml": LEAVE, GUARD: guard})
    assert [(finding.rule, finding.level) for finding in policies.judge(package)] == [(rule, "warning")]
    (found,) = judge(package)
    assert (found.rule, found.path, found.line) == ("CT404", "claims/a.yaml", 2)
    assert f"{GUARD}:1:" in found.message
    with pytest.raises(InputError, match=re.escape(f"{GUARD}:1:")):
        Proof(package).required_estate()
    assert judge(subject(clean_package, organization, **{GUARD: guard})) == ()


def test_a_package_without_claims_is_no_finding(clean_package, organization):
    assert not judge(subject(clean_package, organization))


def test_a_refuted_claim_is_an_error_with_the_request_at_the_line_of_its_id(clean_package, organization):
    (found,) = findings(clean_package, organization, LEAVE.replace("012345670123", "333333333333"))
    assert (found.rule, found.path, found.line) == ("CT403", "claims/a.yaml", 2)
    assert "the role `arn:aws:iam::333333333333:role/Admin` could call `organizations:LeaveOrganization`" in found.message


def test_a_policy_reaches_the_units_below_its_target_and_no_other(clean_package, organization):
    for account, held in (("555555555555", True), ("012345670123", True), ("777777777777", False), ("111111111111", False)):
        assert (not findings(clean_package, organization, LEAVE.replace("012345670123", account))) is held


def test_an_undecided_claim_is_an_error_that_names_the_condition(clean_package, organization):
    guard = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"Leave","Effect":"Deny","Action":"organizations:*","Resource":"*",'
        '"Condition":{"StringNotLike":{"aws:PrincipalTag/a":"${aws:PrincipalTag/b, \'no\'}*"}}},{"Sid":"Same","Effect":"Deny",'
        '"Action":"organizations:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/a":"${aws:PrincipalTag/b, \'no\'}*"}}}]}'
    )
    (found,) = findings(clean_package, organization, guard=guard)
    assert found.rule == "CT404"
    assert "`StringNotLike` on `aws:PrincipalTag/a` in `workload-guard`" in found.message


def test_a_claim_that_cannot_fail_is_an_error(clean_package, organization):
    (found,) = findings(clean_package, organization, LEAVE.replace("['*']", "['arn:aws:organizations::*:root/*']"))
    assert (found.rule, "no request is in its scope" in found.message) == ("CT405", True)


def test_a_claims_file_that_cannot_be_read_is_an_error(clean_package, organization):
    (found,) = findings(clean_package, organization, LEAVE.replace("layer: scp", "layer: spc"))
    assert (found.rule, found.line) == ("CT402", 5)


def test_a_claim_about_an_action_that_does_not_exist_is_an_error(clean_package, organization):
    (found,) = findings(clean_package, organization, LEAVE.replace("LeaveOrganization", "LeaveOrganisation"))
    assert (found.rule, found.path, found.line) == ("CT402", "claims/a.yaml", 9)
    assert "`organizations:LeaveOrganisation`" in found.message


def test_a_policy_that_says_nothing_that_aws_knows_is_an_error_and_nothing_is_proved(clean_package, organization):
    guard = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"organizations","Resource":"*"}]}'
    (found,) = findings(clean_package, organization, guard=guard)
    assert (found.rule, found.path) == ("CT401", GUARD)


SPARED = "{accounts: ['012345670123'], excepted: ['arn:aws:iam::012345670123:role/Deployer']}"


def test_a_spared_role_that_nobody_guards_is_a_warning(clean_package, organization):
    (found,) = findings(clean_package, organization, LEAVE.replace("{accounts: ['012345670123']}", SPARED))
    assert (found.rule, found.level, found.line) == ("CT406", "warning", 2)
    assert "`arn:aws:iam::012345670123:role/Deployer`" in found.message


def test_a_spared_role_with_a_claim_of_its_own_is_fine(clean_package, organization):
    guard = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Deny","Action":["organizations:*","iam:*"],"Resource":"*",'
        '"Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::012345670123:role/Deployer"}}}]}'
    )
    own = """\
- id: role
  statement: nobody else changes the role
  expect: denied
  layer: scp
  principals: SPARED
  actions: [{service: iam, levels: [Write], resource_types: [role]}]
  resources: ['arn:aws:iam::012345670123:role/Deployer']
"""
    claims = LEAVE.replace("{accounts: ['012345670123']}", SPARED) + own.replace("SPARED", SPARED)
    assert not findings(clean_package, organization, claims, guard=guard)


@pytest.mark.parametrize(
    ("spared", "words"),
    [
        ("arn:aws:iam::*:role/Deployer", "principals of 012345670123 from `iam:UpdateAssumeRolePolicy`"),
        ("arn:aws:iam::012345670123:user/Break", "principals of 012345670123 from `iam:CreateAccessKey`"),
        ("arn:aws:iam::012345670123:*", "principals of 012345670123 from `iam:UpdateAssumeRolePolicy`"),
        ("arn:aws:iam::01234567012?:role/Deployer", "principals of 012345670123 from `iam:UpdateAssumeRolePolicy`"),
    ],
)
def test_whoever_is_spared_needs_a_guard_whatever_the_pattern_looks_like(clean_package, organization, spared, words):
    claims = LEAVE.replace("'012345670123']}", f"'012345670123'], excepted: ['{spared}']}}")
    (found,) = findings(clean_package, organization, claims)
    assert (found.rule, f"`{spared}`" in found.message, words in found.message) == ("CT406", True, True)


ROLE = "arn:aws:iam::012345670123:role/Deployer"


def claim(**changed) -> Claim:
    fields = {
        "id": "a",
        "control": Slug(""),
        "statement": "",
        "expect": Expectation.DENIED,
        "layer": ClaimLayer.SCP,
        "principals": Principals(accounts=("012345670123",), excepted=(ROLE,)),
        "actions": (ActionSet("iam", levels=("Write",), resource_types=("role",)),),
        "resources": (ROLE,),
        "resource_account": "012345670123",
        "context": {},
    }
    return Claim(**{**fields, **changed})


NAMED = (NamedAction("iam:UpdateAssumeRolePolicy", "trust"),)


@pytest.mark.parametrize(
    ("guard", "missing"),
    [
        (claim(), []),
        (claim(context={"aws:SourceIp": ("203.0.113.7",)}), ["iam:UpdateAssumeRolePolicy"]),
        (claim(actions=(ActionSet("iam", named=NAMED),)), ["iam:CreateRole"]),
        (
            claim(principals=Principals(accounts=("012345670123",), only=("arn:aws:iam::*:user/*",))),
            ["iam:UpdateAssumeRolePolicy"],
        ),
        (claim(resources=("arn:aws:iam::012345670123:role/Other",)), ["iam:UpdateAssumeRolePolicy"]),
    ],
)
def test_a_role_is_guarded_by_denying_everything_that_makes_somebody_it(guard, missing):
    resting = claim(id="b", actions=(), resources=())
    assert [hinge.action for hinge in open_hinges((resting, guard), Estate({}))] == missing


@pytest.mark.parametrize(
    ("accounts", "role", "found"),
    [
        ((), "arn:aws:iam::*:role/Deployer", True),
        ((), "arn:aws:iam::*:role/aws-controltower-ConfigRecorderRole", False),
        (("012345670123",), "arn:aws:iam::*:role/aws-controltower-ConfigRecorderRole", True),
    ],
)
def test_a_role_of_any_account_needs_a_guard_in_each_unless_control_tower_guards_it(accounts, role, found):
    resting = claim(principals=Principals(accounts=accounts, excepted=(role,)), actions=())
    estate = Estate({"111111111111": Stack(), "012345670123": Stack()}, "111111111111")
    assert [hinge.account for hinge in open_hinges((resting,), estate)] == ["012345670123"] * found


def test_a_claim_that_rests_on_a_tag_or_an_alias_needs_a_claim_over_what_changes_it():
    nobody = Principals(accounts=("012345670123",))
    key = "arn:aws:kms:*:012345670123:key/*"
    for context, action in (
        ({"aws:ResourceTag/guarded": ("yes",)}, "kms:TagResource"),
        ({"kms:ResourceAliases": ("alias/logs",)}, "kms:CreateAlias"),
    ):
        disable = ActionSet("kms", named=(NamedAction("kms:DisableKey", "stops"),))
        resting = claim(principals=nobody, actions=(disable,), resources=(key,), context=context)
        (hinge,) = open_hinges((resting,), Estate({}))
        assert (hinge.action, hinge.key) == (action, next(iter(context)))
        assert f"`{action}`" in hinge.sentence()
        every = ActionSet("kms", levels=("Write", "Tagging"), resource_types=("key", "alias"))
        guard = claim(id="b", principals=nobody, actions=(every,), resources=("*", key))
        assert not open_hinges((resting, guard), Estate({}))


def test_without_an_organization_nobody_knows_whom_a_policy_reaches(clean_package):
    assert not findings(clean_package, None)


def test_the_claims_of_every_landing_zone_hold(example):
    proof = Proof(subject(example.built.files, example.landing_zone.organization))
    assert len(proof.results) >= 15
    assert [result.claim.id for _, result in proof.results if not result.holds] == []
    assert not open_hinges((claim for _, claim in proof.claims[0]), proof.estate(example.landing_zone.organization))


def test_without_policies_every_denial_of_the_reference_is_refuted(reference):
    proof = Proof(subject(reference.built.files, reference.landing_zone.organization))
    bare = proof.estate(reference.landing_zone.organization).without_policies()
    results = prove((claim for _, claim in proof.claims[0]), bare)
    assert all((result.verdict is Verdict.REFUTED) is (result.claim.expect == "denied") for result in results)


DEAD = {
    "GuarddutyDetectors `guardduty:Send*`": "agents report on no resource today; should AWS name the detector, they are not cut off",
    "GuarddutyDetectors `guardduty:StartMalware*`": "scans are asked for on no resource today; as above",
    "LogArchiveGuardServices `Bool` on `aws:PrincipalIsAWSService`": "AWS's own pattern; only services have `aws:SourceAccount`",
    "LogArchiveGuardServices `Null` on `aws:SourceAccount`": "for services that say nothing of their source; no claim can be about silence",
    "LogArchiveGuardAccount `StringEquals` on `aws:PrincipalAccount`": "alive where the OU has other accounts, as in the reference",
}
"""Parts of the policies whose loss no claim notices, each with the reason why it is there all the same."""


GUARDS = [each for each in CONTROLS if f"claims/{each.slug}.yaml" in example_of("every-option").built.files.files]


def alone(example, control: Control[Any]) -> PackageFiles:
    """The package with the statements and claims of one control only, which still knows what the others provide."""
    silenced = (each if each is control else replace(each, build=lambda *_: Package()) for each in CONTROLS)
    return build(example.landing_zone, tuple(silenced), Ledger()).files


@pytest.mark.parametrize("control", GUARDS, ids=[control.slug for control in GUARDS])
@pytest.mark.parametrize("name", ["reference", "adopt", "every-option"])
def test_whatever_is_dropped_from_the_policies_of_a_control_refutes_a_claim_of_its_own(name, control):
    """Every statement, action, `NotAction`, resource and condition key, one at a time, with no other control's to make up for it."""
    example = example_of(name)
    proof = Proof(subject(alone(example, control), example.landing_zone.organization))
    changed = tuple(mutants(proof.estate(example.landing_zone.organization)))
    if not proof.claims[0]:
        assert not changed, "a guard that claims nothing denies nothing"
        return
    assert len(changed) > 10
    unnoticed = {f"{mutant.sid} {mutant.part}" for mutant in dead((claim for _, claim in proof.claims[0]), changed)}
    known = {part for part in DEAD if part.startswith(sid(control.slug, ""))}
    assert unnoticed <= known
    if name == "reference":
        assert known - unnoticed <= {"LogArchiveGuardAccount `StringEquals` on `aws:PrincipalAccount`"}, "no entry is left over"
