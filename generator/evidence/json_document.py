"""The evidence as JSON, for tools: docs/evidence.md has its schema, and `format` counts up whenever that changes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from generator.checks.report import json as findings_report
from generator.evidence.limits import LIMITS
from generator.evidence.model import ClaimRecord, ControlRecord, Evidence, FileDigest, NamedAccount, PolicyRecord, StackRecord
from generator.prover.prove import ASSUMPTIONS

FORMAT = 1


def render(evidence: Evidence) -> str:
    """The document, indented, in UTF-8 without escapes, with a line end."""
    return json.dumps(_document(evidence), indent=2, ensure_ascii=False) + "\n"


def _document(evidence: Evidence) -> dict[str, Any]:
    organization = evidence.organization
    return {
        "format": FORMAT,
        "falls_short": evidence.falls_short,
        "organization": {
            "id": organization.id,
            "partition": organization.partition,
            "management_account": organization.management_account,
            "log_archive": organization.log_archive,
            "audit": organization.audit,
            "home_region": organization.home_region,
            "governed_regions": list(organization.governed_regions),
            "accounts": len(organization.accounts),
            "organizational_units": len(organization.organizational_units),
        },
        "quota_profile": evidence.quota_profile,
        "versions": [{"name": each.name, "version": each.value, "part": each.part} for each in evidence.versions],
        "controls": [_control(control) for control in evidence.controls],
        "stacks": [_stack(stack) for stack in evidence.stacks],
        "policies": [_policy(policy) for policy in evidence.policies],
        "claims": [_claim(record) for record in evidence.claims],
        "assumptions": list(ASSUMPTIONS),
        "limits": [{"limit": limit.sentence, "source": limit.source} for limit in LIMITS],
        **json.loads(findings_report.render(evidence.findings)),
        "notes": list(evidence.notes),
        "package": {"sha256": _hexadecimal(evidence.package), "files": _digests(evidence.files)},
        "inputs": _digests(evidence.inputs),
        "runbooks": _digests(evidence.runbooks),
    }


def _control(control: ControlRecord) -> dict[str, Any]:
    return {
        "slug": control.slug,
        "title": control.title,
        "risk": control.risk,
        "enabled": control.enabled,
        "options": dict(control.options),
        "frameworks": list(control.frameworks),
        "sources": list(control.sources),
    }


def _stack(stack: StackRecord) -> dict[str, Any]:
    return {
        "name": stack.name,
        "control": stack.control,
        "description": stack.description,
        "path": stack.path,
        "accounts": _accounts(stack.accounts),
        "regions": list(stack.regions),
        "resources": dict(stack.resources),
    }


def _policy(policy: PolicyRecord) -> dict[str, Any]:
    return {
        "name": policy.name,
        "type": policy.layer.value,
        "path": policy.path,
        "retired": policy.is_retired,
        "targets": [{"id": target, "path": path} for target, path in policy.targets],
        "accounts": _accounts(policy.reach),
        "characters": policy.characters,
        "quota": policy.quota,
        "statements": [
            {"control": statement.control, "sid": statement.sid, "statement": statement.document}
            for statement in policy.statements
        ],
    }


def _claim(record: ClaimRecord) -> dict[str, Any]:
    claim, result = record.claim, record.result
    return {
        "id": claim.id,
        "control": claim.control,
        "statement": claim.statement,
        "expect": claim.expect.value,
        "layer": claim.layer.value,
        "accounts": list(record.accounts),
        "spared": list(record.spared),
        "status": record.status,
        "witnesses": [
            {"sentence": witness.sentence(claim), **witness.data()} for witness in (result.witnesses if result else ())
        ],
        "open": list(result.open if result else ()),
        "vacuous": result.vacuous if result else "",
    }


def _accounts(accounts: Iterable[NamedAccount]) -> list[dict[str, str]]:
    return [{"id": account.id, "name": account.name} for account in accounts]


def _digests(files: Iterable[FileDigest]) -> list[dict[str, Any]]:
    return [{"path": file.path, "bytes": file.size, "sha256": _hexadecimal(file.sha256)} for file in files]


def _hexadecimal(digest: str) -> str:
    """As `sha256sum` writes it."""
    return digest.removeprefix("sha256:")
