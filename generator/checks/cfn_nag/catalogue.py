"""The page that says which of cfn_nag's rules are asked here (docs/cfn-nag.md), written from the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.cfn_nag import FAILING, FATAL, REASON_GIVEN
from generator.checks.cfn_nag.rule import CFN_NAG_VERSION, MODEL_VERSION, NagRule
from generator.checks.cfn_nag.structure import REQUIRED
from generator.checks.rule import CFCT_VERSION

PAGE = "docs/cfn-nag.md"
"""Where the page stands."""

_FATAL_CASES = (
    ("a JSON template with comments or trailing commas", "no suppression"),
    ("`Fn::ForEach` in `Resources` or in `Properties`, `Fn::Transform` in `Resources`", "no suppression"),
    ("a reference to something that a macro makes", "no suppression"),
    ("`Conditions`, `Mappings`, `Parameters` or `Globals` without content", "no suppression"),
    ("a custom resource with a property whose name has a dot, a blank or a colon", "no suppression"),
    ("`Policies` of a role, user or group that is a `Ref`, or holds something else than mappings", "no suppression"),
    ("a list in a list of statements or of security group rules", "no suppression"),
    (
        "a key, bucket, topic or queue policy with a list as `Principal`",
        "the rule that looks at the principal: F16, F18, F21, F76",
    ),
    ("a function whose role is a custom resource, or has `ManagedPolicyArns` that are a `Ref`", "W58 on the function"),
    ("a security group rule whose `CidrIpv6` still holds `${...}`", "W5 and W9, and W2, on the group"),
    ("`Fn::GetAZs`, or `Fn::Select` with its index as a string, in a value that a rule compares", "that rule"),
)

_HEAD = f"""\
# cfn_nag's rules

Written by `make reference` from the code.

CfCT {CFCT_VERSION} runs cfn_nag {CFN_NAG_VERSION} on every template below `templates/` (`cfn_nag_scan --input-path FILE`, run-validation.sh 189). A failing
rule (`F...`) stops the pipeline, long after the push. So does anything that cfn_nag cannot read (`{FATAL.id}`). Warnings (`W...`) stop
nothing: CfCT does not ask for `--fail-on-warnings`, so they are not repeated here.

`cfctgen check` asks the same rules, under the same ids, and reads templates as cfn_nag does: without parameter values, with every
condition true, `Fn::Sub` as the text that is written, a `Ref` as a `Ref`.

## Suppression

    Resources:
      Key:
        Type: AWS::KMS::Key
        Metadata:
          cfn_nag:
            rules_to_suppress:
              - id: F76
                reason: the condition on aws:PrincipalOrgID narrows the principal

This takes one resource out of the sight of one rule, here and in CfCT. A `reason` is not asked for by cfn_nag; here a suppression without
one is a warning (`{REASON_GIVEN.id}`).

"""

_NOT_COVERED = f"""\
## What is not repeated

- Warnings: see above. Where an error inside a warning stops cfn_nag, it is a `{FATAL.id}` finding, as far as the cases below go.
- `F665` looks for `Type: ALLOW` in a web ACL's default action. cfn_nag_scan reads every plain value under a key `Type` together with its
  line number, so it never finds a plain `ALLOW`. Only an `ALLOW` that `Fn::If` or another function yields is found, there and here.
- `F17`, `F59`, `F72` and `F73` do not exist in this version.
- Templates that the manifest names by an S3 or HTTPS address are not in the package, so nothing is said of them.

"""


def markdown() -> str:
    """The whole page."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _HEAD
    yield f"## The {len(FAILING)} failing rules\n\nAll of them are asked.\n\n"
    yield "| rule | looks at | what must hold | why | fix | source |\n|---|---|---|---|---|---|\n"
    yield from map(_row, FAILING)
    yield "\n"
    yield _NOT_COVERED
    yield f"## What cfn_nag cannot read (`{FATAL.id}`)\n\n"
    yield "| what | what helps besides writing it otherwise |\n|---|---|\n"
    yield from (f"| {what} | {helps} |\n" for what, helps in _FATAL_CASES)
    yield f"\nThese keys must be there, though CloudFormation no longer asks for all of them (cfn-model {MODEL_VERSION} schema/*.yml):\n\n"
    yield "| type | keys |\n|---|---|\n"
    yield from (
        f"| `{name}` | {', '.join(f'`{key}`' for key in keys) or '`Properties` itself'} |\n" for name, keys in REQUIRED.items()
    )
    yield "\nSo a Lambda function from a container image, without `Handler` and `Runtime`, cannot be in a package (CfCT issue 115).\n"


def _row(nag: NagRule) -> str:
    cells = (nag.id, f"`{nag.type}`", nag.title, nag.why, nag.fix, f"{nag.file}.rb")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
