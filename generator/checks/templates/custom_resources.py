"""Custom resources that can leave a stack waiting: nothing but their own answer, or a timeout, lets CloudFormation go on."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.quotas import TEMPLATE_RESOURCES
from generator.cfct.document import Node
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule
from generator.checks.subject import Subject
from generator.checks.templates import answers
from generator.checks.templates.evaluate import as_written, call
from generator.checks.templates.references import function_of, target, waits_for
from generator.checks.templates.template import Declared, Template, templates
from generator.checks.templates.values import number

_CUSTOM_RESOURCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-customresource.html"
)
_RESPONSE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html"

_LONGEST_WAIT = 3_600
"""Seconds; what CloudFormation waits without a `ServiceTimeout`, too (its page on custom resources)."""

TIMEOUT = Rule(
    "CT320",
    Level.WARNING,
    "a custom resource has a `ServiceTimeout`",
    "without one CloudFormation waits an hour for an answer, and CfCT's whole pipeline with it, once for each account and region that fails",
    "write `ServiceTimeout`, some seconds more than the function's own `Timeout`",
    _CUSTOM_RESOURCE,
)
TIME_TO_ANSWER = Rule(
    "CT321",
    Level.WARNING,
    "a custom resource waits at least as long as its function may run",
    "CloudFormation gives up and rolls back, or deletes, while the function is still at work",
    "raise `ServiceTimeout`, or lower the function's `Timeout`",
    _CUSTOM_RESOURCE,
)
ANSWERED = Rule(
    "CT322",
    Level.ERROR,
    "the function of a custom resource answers CloudFormation",
    "CloudFormation waits until the timeout and then fails the stack; what the function returns is not read",
    "send the answer to `ResponseURL`, for example by `cfnresponse.send`",
    _RESPONSE,
)
ALLOWED_FIRST = Rule(
    "CT323",
    Level.WARNING,
    "a custom resource waits for the permissions of its function",
    "a policy is a resource of its own: CloudFormation can run the function before the policy is attached, and again after it is gone",
    "list the policy in the custom resource's `DependsOn`, or write it into the role's `Policies`",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html",
)
EVERY_REQUEST = Rule(
    "CT325",
    Level.ERROR,
    "the function of a custom resource answers every kind of request",
    "CloudFormation waits for an answer to `Delete` and `Update` too; without one the stack hangs until the timeout and then fails",
    "send the answer before the handler returns",
    _RESPONSE,
)
FAILURE_TOLD = Rule(
    "CT326",
    Level.WARNING,
    "the function of a custom resource answers when it fails",
    "an exception that nothing catches ends the function without an answer, so the stack waits for the whole timeout instead of failing",
    "catch exceptions in the handler and send `FAILED`",
    _RESPONSE,
)
HANDLER_THERE = Rule(
    "CT327",
    Level.ERROR,
    "the inline code of a custom resource's function has its handler",
    "Lambda writes inline code to a file called `index`; without the handler it cannot start, so nothing answers until the timeout",
    "make `Handler` `index.` and the name of the function in the code",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html",
)

POSSIBLE_TIMEOUT = Rule(
    "CT328",
    Level.ERROR,
    f"`ServiceTimeout` is a whole number of seconds from 1 to {_LONGEST_WAIT:,}",
    "CloudFormation refuses the custom resource",
    f"write a number from 1 to {_LONGEST_WAIT:,}",
    _CUSTOM_RESOURCE,
)

_POLICY_TYPES = {
    "AWS::IAM::Policy": "Roles",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
"""Types that give a role permissions from outside of it, with the property that names the role."""


def _no_timeout(subject: Subject) -> Iterator[Objection]:
    for template, custom in _customs(subject):
        if custom.is_whole and custom.setting("ServiceTimeout") is None:
            yield Objection(template.at_key(custom.node), f"`{custom.name}` has no `ServiceTimeout`")


def _impossible(subject: Subject) -> Iterator[Objection]:
    for template, custom in _customs(subject):
        wait = custom.setting("ServiceTimeout")
        seconds = as_written(wait) if wait else None
        if wait is None or seconds is None:
            continue
        value = number(seconds)
        if value is None or value % 1 or not 1 <= value <= _LONGEST_WAIT:
            yield Objection(template.where(wait), f"`{custom.name}` cannot wait `{seconds}` seconds")


def _too_short(subject: Subject) -> Iterator[Objection]:
    for template, custom in _customs(subject):
        function, wait = function_of(custom, template), custom.setting("ServiceTimeout")
        own = function.setting("Timeout") if function else None
        if function is None or wait is None or own is None:
            continue
        waits, runs = number(as_written(wait) or ""), number(as_written(own) or "")
        if waits is not None and runs is not None and runs > waits:
            message = f"`{custom.name}` waits {waits} seconds for `{function.name}`, which may run {runs}"
            yield Objection(template.where(wait), message)


def _unanswered(subject: Subject) -> Iterator[Objection]:
    for template, custom, function, source in _inline(subject):
        if answers.never_answers(source, python=_runtime(function).startswith("python")):
            where = template.at_key(function.node)
            yield Objection(where, f"`{function.name}` never answers, though it makes `{custom.name}`")


def _silent_request(subject: Subject) -> Iterator[Objection]:
    for template, custom, function, source in _python(subject):
        handler = answers.handler(source, _handler(function))
        if handler and not answers.never_answers(source, python=True):
            for kind in handler.silent_requests():
                message = f"`{function.name}` returns without an answer to `{kind}` of `{custom.name}`"
                yield Objection(template.at_key(function.node), message)


def _silent_failure(subject: Subject) -> Iterator[Objection]:
    for template, custom, function, source in _python(subject):
        handler = answers.handler(source, _handler(function))
        if handler and not answers.never_answers(source, python=True) and handler.fails_silently():
            message = f"`{function.name}` catches no exception, so `{custom.name}` gets no answer when a call to AWS fails"
            yield Objection(template.at_key(function.node), message)


def _no_handler(subject: Subject) -> Iterator[Objection]:
    for template, custom, function, source in _python(subject):
        name = function.setting("Handler")
        if name is not None and isinstance(name.data, str) and answers.lacks(source, name.data):
            message = f"the code of `{function.name}`, which makes `{custom.name}`, has no `{name.data}`"
            yield Objection(template.where(name), message)
        code = _code(function)
        if code is not None and _is_whole(code) and answers.is_no_python(source, _runtime(function)):
            message = f"the code of `{function.name}`, which makes `{custom.name}`, is no Python, and so has no handler"
            yield Objection(template.at_key(code), message, "correct the code: `python -m py_compile` names the line")


def _not_yet_allowed(subject: Subject) -> Iterator[Objection]:
    for template, custom in _customs(subject):
        function = function_of(custom, template)
        role = target(function.setting("Role"), template) if function else None
        if function is None or role is None or role.type != "AWS::IAM::Role":
            continue
        before = waits_for(custom.name, template)
        for policy in template.resources.values():
            late = policy.name not in before and _is_attached(policy, role, template)
            if late and custom.name not in waits_for(policy.name, template):
                message = f"`{custom.name}` does not wait for `{policy.name}`, a policy of `{function.name}`'s role"
                yield Objection(template.at_key(custom.node), message)


def _is_attached(policy: Declared, role: Declared, template: Template) -> bool:
    roles = policy.setting(_POLICY_TYPES[policy.type]) if policy.type in _POLICY_TYPES else None
    if roles is None:
        return False
    nodes = tuple(roles.children.values()) if isinstance(roles.data, list) else (roles,)
    return any(target(node, template) == role for node in nodes)


def _customs(subject: Subject) -> Iterator[tuple[Template, Declared]]:
    """Of templates that no macro changes and that CloudFormation takes at all (CT106)."""
    for template in templates(subject):
        if template.is_whole and len(template.resources) <= TEMPLATE_RESOURCES.value:
            yield from ((template, resource) for resource in template.resources.values() if resource.is_custom)


def _inline(subject: Subject) -> Iterator[tuple[Template, Declared, Declared, str]]:
    """Custom resources whose function stands in the template with all of its code; one for each function."""
    seen: set[tuple[str, str]] = set()
    for template, custom in _customs(subject):
        function = function_of(custom, template)
        if function is None or (template.path, function.name) in seen or function.setting("Layers") is not None:
            continue
        code = _code(function)
        source = _source(code) if code else None
        if source is not None:
            seen.add((template.path, function.name))
            yield template, custom, function, source


def _python(subject: Subject) -> Iterator[tuple[Template, Declared, Declared, str]]:
    for template, custom, function, source in _inline(subject):
        if _runtime(function).startswith("python"):
            yield template, custom, function, source


def _code(function: Declared) -> Node | None:
    return function.setting("Code", "ZipFile") or function.setting("InlineCode")


def _runtime(function: Declared) -> str:
    runtime = function.setting("Runtime")
    return runtime.data if runtime and isinstance(runtime.data, str) else ""


def _is_whole(code: Node) -> bool:
    """Whether `Fn::Sub` puts nothing into the text that `_source` gives."""
    return "${" not in (_source(code) or "") or call(code)[0] != "Fn::Sub"


def _source(code: Node) -> str | None:
    """The text of inline code; what `Fn::Sub` puts in does not matter for what is asked of it."""
    if isinstance(code.data, str):
        return code.data
    function, argument = call(code)
    if argument is None:
        return None
    if function == "Fn::Sub":
        text = argument if isinstance(argument.data, str) else argument.get(0)
        return text.data if text and isinstance(text.data, str) else None
    if function == "Fn::Join":
        between, lines = argument.get(0), argument.get(1)
        texts = lines.data if lines else None
        if between and isinstance(between.data, str) and isinstance(texts, list) and all(isinstance(line, str) for line in texts):
            return between.data.join(texts)
    return None


def _handler(function: Declared) -> str:
    name = function.setting("Handler")
    return name.data if name and isinstance(name.data, str) else ""


CHECKS = (
    Check(TIMEOUT, _no_timeout),
    Check(TIME_TO_ANSWER, _too_short),
    Check(ANSWERED, _unanswered),
    Check(ALLOWED_FIRST, _not_yet_allowed),
    Check(EVERY_REQUEST, _silent_request),
    Check(FAILURE_TOLD, _silent_failure),
    Check(HANDLER_THERE, _no_handler),
    Check(POSSIBLE_TIMEOUT, _impossible),
)
