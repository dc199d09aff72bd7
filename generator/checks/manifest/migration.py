"""The manifest of version 2020-01-01: CfCT still takes it, and each of its keys has a successor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.cfct.document import Node
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.errors import Where

KEYS: Mapping[str, str] = {
    "cloudformation_resources": "make each entry one of `resources` with `deploy_method: stack_set`",
    "organization_policies": "make each entry one of `resources` with `deploy_method: scp`",
    "template_file": "call it `resource_file`",
    "policy_file": "call it `resource_file`",
    "deploy_to_account": "call it `accounts`, below `deployment_targets`",
    "deploy_to_ou": "call it `organizational_units`, below `deployment_targets`",
    "apply_to_accounts_in_ou": "call it `organizational_units`, below `deployment_targets`",
    "ssm_parameters": "call it `export_outputs`",
    "depends_on": "remove it and put the entries in the order of their deployment, which is the only order that CfCT knows",
}
"""Keys of version 2020-01-01 (validation/manifest.schema.yaml) and what they became."""

NEW_FORMAT = Rule(
    "CT034",
    Level.WARNING,
    "the manifest is written in version 2021-03-15",
    "CfCT still takes version 2020-01-01; but there RCPs and inline parameters cannot be written, stack sets cannot be deleted, accounts "
    "below a nested OU and the management account cannot be named, and `depends_on` does nothing",
    "write `version: 2021-03-15` and the keys of that version",
    cfct("run-validation.sh 75-83, validation/manifest.schema.yaml, manifest_parser.py 98-125, 177-179 and 233-286"),
)


def _old(subject: Subject) -> Iterator[Objection]:
    """The version, and each key at the first place where it stands: what has to be changed, once."""
    manifest = subject.manifest
    root = manifest.document.root if manifest else None
    if manifest is None or root is None or not manifest.version_one:
        return
    version = root.at("version")
    yield Objection(Where(manifest.path, version.line, version.column), "`version` 2020-01-01 is the old manifest format")
    for key, nodes in _by_key(root).items():
        times = f", here and in {len(nodes) - 1} more" if len(nodes) > 1 else ""
        yield Objection(manifest.where(nodes[0]), f"`{key}` is a key of manifest version 2020-01-01{times}", KEYS[key])


def _by_key(root: Node) -> Mapping[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for section in ("organization_policies", "cloudformation_resources"):
        listed = root.get(section)
        if listed is None:
            continue
        found.setdefault(section, []).append(listed)
        for entry in listed.children.values():
            for key, node in entry.children.items():
                if isinstance(key, str) and key in KEYS:
                    found.setdefault(key, []).append(node)
    return found


CHECKS = (Check(NEW_FORMAT, _old),)
