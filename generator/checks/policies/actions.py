"""The actions that policies name: those that AWS has, and those that the kind of policy reaches."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.actions import Service, service
from generator.checks.finding import Level
from generator.checks.policies.book import Book, PolicyCheck
from generator.checks.policies.condition_keys import prefixes
from generator.checks.rule import Objection, Rule
from generator.landing_zone.nearest import nearest
from generator.policy.coverage import AS_OF, RCP_EXEMPT_ACTIONS, RCP_SERVICES
from generator.policy.model import ActionPattern, PolicyKind
from generator.policy.pattern import Glob

_REFERENCE = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
)

COVERED = Rule(
    "CT204",
    Level.WARNING,
    "an RCP names only services that RCPs cover",
    f"AWS Organizations refuses the policy, unless the service was added to its list after {AS_OF}",
    "remove the action, or use an SCP",
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services",
)
SERVICE_KNOWN = Rule(
    "CT205",
    Level.WARNING,
    "the service of an action exists",
    "AWS takes the policy, and the action selects nothing",
    "correct the prefix",
    _REFERENCE,
)
ACTION_KNOWN = Rule(
    "CT206",
    Level.WARNING,
    "an action, or what a wildcard stands for, exists",
    "AWS takes the policy, and the action selects nothing",
    "correct the name, or suppress the finding if the action is newer than this catalogue",
    _REFERENCE,
)


def read(text: str) -> ActionPattern:
    """An action of a policy that was read without problems."""
    prefix, _, name = text.partition(":")
    return ActionPattern(text, prefix.lower() if name else "", Glob.parse((name or text).lower()))


def selected(pattern: ActionPattern, catalogue: Service) -> Iterator[str]:
    """The actions of a service that a pattern stands for, with their prefix."""
    exact = pattern.name.exact
    if exact is not None:
        found = catalogue.actions.get(exact)
        yield from (found.name,) if found else ()
        return
    yield from (action.name for name, action in catalogue.actions.items() if pattern.name.matches(name))


def _uncovered(book: Book) -> Iterator[Objection]:
    for policy, written in book.statements:
        if policy.kind is not PolicyKind.RCP:
            continue
        for text, where in written.texts("Action"):
            pattern = read(text)
            if pattern.service in prefixes() and pattern.service not in RCP_SERVICES:
                yield Objection(where, f"resource control policies do not cover `{pattern.service}`, as of {AS_OF}")
            elif text.lower() in RCP_EXEMPT_ACTIONS:
                yield Objection(where, f"resource control policies do not reach `{text}`", "remove the action")


def _unknown_service(book: Book) -> Iterator[Objection]:
    for _, written in book.statements:
        for text, where in written.texts("Action"):
            prefix = read(text).service
            if prefix and prefix not in prefixes():
                remedy = nearest(prefix, prefixes())
                yield Objection(where, f"no service has the prefix `{prefix}` of `{text}`", remedy)


def _unknown_action(book: Book) -> Iterator[Objection]:
    for _, written in book.statements:
        for text, where in written.texts("Action"):
            pattern = read(text)
            catalogue = service(pattern.service) if pattern.service else None
            if catalogue is None or next(selected(pattern, catalogue), None):
                continue
            if pattern.name.exact is None:
                yield Objection(where, f"`{text}` stands for no action of `{pattern.service}`")
            else:
                known = [action.name for action in catalogue.actions.values()]
                yield Objection(where, f"`{pattern.service}` has no action `{text}`", nearest(text, known))


CHECKS = (
    PolicyCheck(COVERED, _uncovered),
    PolicyCheck(SERVICE_KNOWN, _unknown_service),
    PolicyCheck(ACTION_KNOWN, _unknown_action),
)
