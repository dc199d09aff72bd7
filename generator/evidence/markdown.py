"""The evidence as Markdown, for an auditor who has never seen this program: first the verdict, then what it rests on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from generator import __version__
from generator.aws.names import AccountId
from generator.checks.finding import Level
from generator.evidence import claims_section, policies_section
from generator.evidence.limits import LIMITS
from generator.evidence.markup import code, codes, escape, prose, table
from generator.evidence.model import ControlRecord, Evidence, FileDigest, NamedAccount, StackRecord
from generator.landing_zone.organization import Organization

_MOST_ACCOUNTS = 12
"""More accounts than this are counted in the text and listed in the JSON document."""


def render(evidence: Evidence) -> str:
    """The whole document, with a line end."""
    sections = (
        _head(evidence),
        _reproduction(evidence),
        _organization(evidence),
        _controls(evidence),
        policies_section.lines(evidence, accounts),
        claims_section.lines(evidence, accounts),
        _findings(evidence),
        _by_hand(evidence),
        _limits(),
        _digests(evidence),
    )
    text = "\n".join(line for section in sections for line in section)
    return text.rstrip("\n") + "\n"


def accounts(named: Iterable[NamedAccount]) -> str:
    """Accounts by id and name, or their number if they are many."""
    listed = tuple(named)
    if len(listed) > _MOST_ACCOUNTS:
        return f"{len(listed):,} accounts, listed in `evidence.json`"
    return ", ".join(f"{code(account.id)} {escape(account.name)}" for account in listed) or "none"


def _head(evidence: Evidence) -> Iterator[str]:
    statements = sum(len(policy.statements) for policy in evidence.policies)
    holding = sum(record.holds for record in evidence.claims)
    errors = sum(finding.level is Level.ERROR for finding in evidence.findings)
    others = len(evidence.findings) - errors
    yield f"# Evidence: {escape(evidence.organization.id)}"
    yield ""
    if evidence.falls_short:
        yield "**This package falls short:** an error was found, or a claim about its policies does not hold. See below."
    else:
        yield "**This package passed:** no error was found, and every claim about its policies holds."
    yield ""
    yield f"- controls in the package: {sum(control.enabled for control in evidence.controls)} of {len(evidence.controls)}"
    yield f"- stacks: {len(evidence.stacks)}; policies: {len(evidence.policies)}, with {statements} statements"
    yield f"- claims that hold: {holding} of {len(evidence.claims)}"
    yield f"- findings: {errors} errors, {others} others"
    yield f"- package: {code(evidence.package)}"
    yield ""
    yield "## What this is"
    yield ""
    yield "This organization's accounts are governed by AWS Control Tower. A package for Customizations for AWS Control Tower (CfCT) adds"
    yield "CloudFormation stacks, service control policies (SCPs) and resource control policies (RCPs). The program `cfctgen` made the package"
    yield "from input files that say what is true of the organization and what should be; judged it by rules; and proved, over every request"
    yield "that AWS could receive, what its policies bring about. This document says what is in the package, how it was judged, and on which"
    yield "versions and assumptions that rests. It holds no date: the same inputs give the same document, byte for byte, on any machine."
    yield "`evidence.json` says the same for tools."
    yield ""


def _reproduction(evidence: Evidence) -> Iterator[str]:
    yield "## How to reproduce it"
    yield ""
    yield f"With version {escape(__version__)} of `cfctgen`, the other versions below, and the input files whose digests are at the end:"
    yield ""
    yield from (f"    {line}" for line in _COMMANDS)
    yield ""
    yield from table(
        ("what", "version or digest", "its part"),
        ((escape(each.name), code(each.value), escape(each.part)) for each in evidence.versions),
    )


_COMMANDS = (
    "cfctgen build               # writes the package again: every byte as the digests below say",
    "cfctgen check               # the findings",
    "cfctgen prove               # the claims and their verdicts",
    "cfctgen evidence --out DIR  # this document",
)


def _organization(evidence: Evidence) -> Iterator[str]:
    organization = evidence.organization
    yield "## The organization"
    yield ""
    yield from table(
        ("fact", "value"),
        (
            ("id", code(organization.id)),
            ("management account", accounts(_named(organization, organization.management_account))),
            ("Log Archive account", accounts(_named(organization, organization.log_archive))),
            ("Audit account", accounts(_named(organization, organization.audit))),
            ("home region", code(organization.home_region)),
            ("governed regions", codes(organization.governed_regions)),
            ("accounts", f"{len(organization.accounts):,}"),
            ("organizational units", f"{len(organization.organizational_units):,}"),
        ),
    )


def _named(organization: Organization, *ids: AccountId) -> tuple[NamedAccount, ...]:
    return tuple(NamedAccount(account, organization.account(account).name) for account in ids)


def _controls(evidence: Evidence) -> Iterator[str]:
    yield "## Controls"
    yield ""
    rows = ((code(each.slug), prose(each.title), "yes" if each.enabled else "**no**") for each in evidence.controls)
    yield from table(("control", "what it brings about", "in the package"), rows)
    for control in evidence.controls:
        if control.enabled:
            yield from _control(control, evidence)


def _control(control: ControlRecord, evidence: Evidence) -> Iterator[str]:
    stacks = tuple(stack for stack in evidence.stacks if stack.control == control.slug)
    policies = tuple(
        policy.name for policy in evidence.policies if any(each.control == control.slug for each in policy.statements)
    )
    claims = sum(record.claim.control == control.slug for record in evidence.claims)
    yield f"### {escape(control.slug)}"
    yield ""
    yield f"{prose(control.title)}."
    yield ""
    yield f"- risk: {prose(control.risk)}"
    yield f"- frameworks: {'; '.join(map(prose, control.frameworks)) or 'none named'}"
    yield f"- sources: {', '.join(map(prose, control.sources)) or 'none named'}"
    yield f"- policies: {codes(policies) or 'none'}"
    yield f"- claims: {claims}"
    yield f"- page with its limits: {code(f'docs/controls/{control.slug}.md')} in the repository of `cfctgen`"
    yield ""
    if control.options:
        rows = ((code(name), code(json.dumps(value, ensure_ascii=False))) for name, value in control.options.items())
        yield from table(("option", "value in force"), rows)
    if stacks:
        yield from table(("stack", "what it is", "accounts", "regions", "resources"), map(_stack, stacks))


def _stack(stack: StackRecord) -> tuple[str, ...]:
    resources = ", ".join(f"{number} {code(kind)}" for kind, number in stack.resources)
    return code(stack.name), prose(stack.description), accounts(stack.accounts), codes(stack.regions) or "none", resources


def _findings(evidence: Evidence) -> Iterator[str]:
    yield "## Findings"
    yield ""
    if not evidence.findings:
        yield "None."
        yield ""
        return
    yield from table(
        ("level", "rule", "where", "what", "remedy", "who says so"),
        (
            (
                f"**{each.level.value}**" if each.level is Level.ERROR else each.level.value,
                code(each.rule),
                code(":".join((each.path, *(str(number) for number in (each.line, each.column) if number)))),
                prose(each.message),
                prose(each.remedy),
                prose(each.source),
            )
            for each in evidence.findings
        ),
    )


def _by_hand(evidence: Evidence) -> Iterator[str]:
    if evidence.runbooks:
        yield "## What has to be done by hand"
        yield ""
        yield "AWS or CfCT cannot do it, and no package can show that it was done. `cfctgen build` writes these instructions to `runbooks/`."
        yield ""
        yield from _files(evidence.runbooks)
    if evidence.notes:
        yield "## Notes"
        yield ""
        yield from (f"- {prose(note)}" for note in evidence.notes)
        yield ""


def _limits() -> Iterator[str]:
    yield "## What no package can bring about"
    yield ""
    for limit in LIMITS:
        yield f"- {prose(limit.sentence)}" + (f" ({prose(limit.source)})" if limit.source else "")
    yield ""
    yield "Each control's own limits, and what stands behind them, are on its page."
    yield ""


def _digests(evidence: Evidence) -> Iterator[str]:
    yield "## Digests"
    yield ""
    yield f"The package as a whole is {code(evidence.package)}. `cfctgen publish` writes that into the commit that CfCT reads, as"
    yield "`Cfctgen-Package`, so that what is deployed can be compared with what was judged. Single files can be compared with `sha256sum`."
    yield ""
    yield "### Files of the package"
    yield ""
    yield from _files(evidence.files)
    yield "### Inputs"
    yield ""
    yield from _files(evidence.inputs)


def _files(files: Iterable[FileDigest]) -> Iterator[str]:
    rows = ((code(file.path), f"{file.size:,}", code(file.sha256.removeprefix("sha256:"))) for file in files)
    return table(("file", "bytes", "SHA-256"), rows)
