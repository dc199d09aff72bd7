"""Write CfCT's `manifest.yaml`: plain enough for CfCT's grep, and commented for whoever reviews it.

CfCT's build stage finds files with a grep (run-validation.sh 101), so `name` comes first and paths are bare; everything else that
could be taken for another type is quoted, account ids above all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from generator.aws.names import Region
from generator.package.model import Layer, Stack
from generator.package.shelves import Policy

MANIFEST_VERSION = "2021-03-15"
"""The only version of the schema; it has to be an unquoted YAML date (manifest-v2.schema.yaml 6-9)."""

_HEADER = """\
# Written by `cfctgen build` from landing-zone.yaml and organization.yaml. Change those, not this file.
# CfCT deploys the SCPs first, then the RCPs, then the stack sets one after another in the order below.
"""


def manifest(home_region: Region, policies: Iterable[Policy], stacks: Iterable[Stack]) -> str:
    """The text of `manifest.yaml`: SCPs, RCPs and stack sets, each kind in the order given."""
    policies = tuple(policies)
    entries = [
        *(line for layer in Layer for policy in policies if policy.layer is layer for line in _policy(policy)),
        *(line for stack in stacks for line in _stack(stack)),
    ]
    head = [
        f"region: {home_region}",
        f"version: {MANIFEST_VERSION}",
        "# A stack set that leaves this file stays in AWS until someone deletes it on purpose.",
        "enable_stack_set_deletion: false",
    ]
    resources = ["resources:", *entries] if entries else ["resources: []"]
    return _HEADER + "\n".join([*head, *resources]) + "\n"


def policy_path(policy: Policy) -> str:
    """Where a policy lies in the package."""
    return f"policies/{policy.name}.json"


def template_path(stack: Stack) -> str:
    """Where a template lies in the package."""
    return f"templates/{stack.name}.yaml"


def _policy(policy: Policy) -> Iterator[str]:
    yield ""
    if policy.controls:
        yield f"  # {', '.join(policy.controls)}: what principals or resources in `{policy.target_path}` are denied."
    else:
        yield "  # No control needs this policy any more. It denies nothing; policy-ledger.yaml says how to be rid of it."
    yield f"  - name: {policy.name}"
    yield f"    description: {_quoted(policy.description)}"
    yield f"    resource_file: {policy_path(policy)}"
    yield f"    deploy_method: {policy.layer.value}"
    yield "    deployment_targets:"
    yield "      organizational_units:"
    yield f"        - {_quoted(policy.target_path)}"


def _stack(stack: Stack) -> Iterator[str]:
    yield ""
    yield f"  # {stack.control}: {stack.reason}"
    yield f"  - name: {stack.name}"
    yield f"    resource_file: {template_path(stack)}"
    yield "    deploy_method: stack_set"
    yield "    deployment_targets:"
    if stack.accounts:
        yield "      accounts:"
        yield from (f"        - {_quoted(account)}" for account in stack.accounts)
    if stack.organizational_units:
        yield "      organizational_units:"
        yield from (f"        - {_quoted(path)}" for path in stack.organizational_units)
    yield "    regions:"
    yield from (f"      - {region}" for region in stack.regions)
    if stack.parameters:
        yield "    parameters:"
        for parameter in stack.parameters:
            yield f"      - parameter_key: {parameter.key}"
            yield f"        parameter_value: {_quoted(parameter.value)}"
    if stack.exports:
        yield "    export_outputs:"
        for export in stack.exports:
            yield f"      - name: {export.parameter_name}"
            yield f"        value: $[output_{export.output_key}]"


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar; JSON strings are a subset of them."""
    return json.dumps(text, ensure_ascii=False)
