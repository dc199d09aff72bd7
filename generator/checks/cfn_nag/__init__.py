"""cfn_nag's judgement, which CfCT's build stage asks for about every template (run-validation.sh 176-195).

CfCT runs `cfn_nag_scan --input-path FILE` with nothing else: every failing rule (`F...`) and every error of cfn_nag itself stops
the pipeline, warnings (`W...`) do not, and suppressions on resources count.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.cfct.document import Node
from generator.checks.cfn_nag import encryption, interruptions, network, permissions, secrets, serverless, structure, users
from generator.checks.cfn_nag.rule import CFN_NAG_VERSION, MODEL_VERSION, NagRule
from generator.checks.cfn_nag.template import Resource, Stop, Template, read
from generator.checks.cfn_nag.values import StoppedError
from generator.checks.finding import Finding, Level
from generator.checks.rule import Objection, Rule
from generator.checks.subject import Subject
from generator.checks.templates.template import LOOP
from generator.errors import Where
from generator.package.files import TEMPLATES

FAILING = tuple(
    sorted(
        (*permissions.RULES, *users.RULES, *encryption.RULES, *secrets.RULES, *network.RULES),
        key=lambda nag: int(nag.id[1:]),
    )
)
"""Every failing rule of cfn_nag 0.7.2."""

FATAL = Rule(
    "FATAL",
    Level.ERROR,
    "cfn_nag can read the template",
    "CfCT's build stops, and no suppression helps, because cfn_nag fails before or while it asks its rules",
    "write the template as cfn_nag understands it",
    f"cfn_nag {CFN_NAG_VERSION} lib/cfn-nag/cfn_nag.rb, cfn-model {MODEL_VERSION} lib/cfn-model/parser/cfn_parser.rb",
)
REASON_GIVEN = Rule(
    "CT313",
    Level.WARNING,
    "a suppressed cfn_nag rule has its reason beside it",
    "an exception that nobody can explain is a hole",
    "write `reason: <why>` beside the rule's `id`, below `Metadata.cfn_nag.rules_to_suppress`",
    "https://github.com/stelligent/cfn_nag#per-resource-rule-suppression",
)

_BY_TYPE = {name: tuple(nag for nag in FAILING if nag.type == name) for name in {nag.type for nag in FAILING}}


def judge(subject: Subject) -> tuple[Finding, ...]:
    """What cfn_nag has against the templates that CfCT gives it.

    What `templates` says is not said again: that a template cannot be read at all, or makes its resources in a loop.
    """
    findings: dict[Finding, None] = {}
    for path, document in subject.templates.items():
        if document.root is not None and path.startswith(TEMPLATES):
            text = subject.files.files[path].decode("utf-8-sig")
            findings.update(dict.fromkeys(judge_template(document.root, text, subject.files.shown(path), loops=False)))
    return tuple(findings)


def judge_template(root: Node, text: str, shown: str, *, loops: bool = True) -> Iterator[Finding]:
    """What cfn_nag has against one template, `loops` among its resources too or not. After a fatal error the rules go on where they can: cfn_nag would show them one run later."""
    if not isinstance(root.data, dict):
        yield _fatal(Stop(root, "the template is no mapping"), shown)
        return
    refused = tuple(structure.stops(root, text, serverless.generated_ids(root), frozenset(serverless.functions(root))))
    template = read(root, tuple((role.name, role.node) for role in serverless.roles(root)))
    unread = frozenset(stop.name for stop in refused)
    stops = (*refused, *template.stops, *(stop for stop in interruptions.stops(template) if stop.name not in unread))
    yield from (_fatal(stop, shown) for stop in stops if loops or not stop.name.startswith(LOOP))
    stopped = frozenset(stop.name for stop in stops)
    for resource in template.resources:
        yield from _without_reason(resource, shown)
        for nag in _BY_TYPE.get(resource.type, ()) if resource.name not in unread else ():
            if nag.id not in resource.suppressed:
                yield from _ask(nag, resource, template, shown, told=resource.name in stopped)


def _without_reason(resource: Resource, shown: str) -> Iterator[Finding]:
    for suppression in resource.suppressions:
        if not (isinstance(suppression.reason, str) and suppression.reason.strip()):
            where = Where(shown, suppression.node.line, suppression.node.column)
            message = f"`{resource.name}` suppresses `{suppression.rule}` without a reason"
            yield REASON_GIVEN.finding(Objection(where, message))


def _ask(nag: NagRule, resource: Resource, template: Template, shown: str, *, told: bool) -> Iterator[Finding]:
    """What one rule says of one resource; where it stops cfn_nag, that, unless the user is `told` already."""
    try:
        for violation in nag.find(resource, template):
            of = violation.resource or resource
            yield nag.rule.finding(Objection(of.where(shown, violation.path), f"`{of.name}`: {violation.problem}"))
    except StoppedError as error:
        if not told:
            yield _fatal(Stop(resource.node, str(error), resource.name), shown)


def _fatal(stop: Stop, shown: str) -> Finding:
    node = stop.node
    place = f" at `{stop.name}`" if stop.name else ""
    where = Where(shown, node.key_line or node.line, node.key_column or node.column)
    return FATAL.finding(Objection(where, f"cfn_nag stops{place}: {stop.problem}", stop.remedy))
