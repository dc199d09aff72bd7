"""What stands in the branches of `Fn::If`, laid open for rules that take it for a value that nobody knows yet.

A statement that a condition lets into a policy is as wide as any other. So a template is judged as it is written, and once more for each
branch: with the conditions that lead to it decided, and every other one left as it is, because what a rule asks may depend on two of them.
The judgements are as many as the branches; those of all combinations would double with each condition.

`AWS::NoValue` is no branch: whether a property may be left out depends on what the condition means, and stays unknown. Nor is a resource
looked into where its own `Condition` says that it does not exist (AWS CloudFormation User Guide, "Conditions section syntax").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_IF = "Fn::If"
_NO_VALUE = {"Ref": "AWS::NoValue"}

Decided = frozenset[tuple[str, bool]]
"""Conditions by name, and whether they hold."""
Path = tuple[str, ...]


@dataclass(frozen=True)
class Branch:
    """A template with some conditions decided. `taken`: the path of each choice that was made, and of the branch it stands for now."""

    template: Mapping[str, Any]
    taken: Mapping[Path, Path]

    def written(self, path: Path) -> Path:
        """A path of this template in the template as it is written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.taken:
                return self.taken[path[:length]] + path[length:]
        return path


def branches(template: Mapping[str, Any]) -> Iterator[Branch]:
    """The template once for each branch of its resources that can be taken, in the order in which they stand."""
    resources = template["Resources"] if isinstance(template.get("Resources"), dict) else {}
    found = (decided for resource in resources.values() for decided in _leading(resource, _of_itself(resource)))
    for decided in dict.fromkeys(found):
        taken: dict[Path, Path] = {}
        chosen = {
            name: resource
            if any((condition, not holds) in decided for condition, holds in _of_itself(resource))
            else _decide(resource, decided, ("Resources", *name.split("/")), ("Resources", *name.split("/")), taken)
            for name, resource in resources.items()
        }
        yield Branch({**template, "Resources": chosen}, taken)


def _of_itself(resource: object) -> Decided:
    """What holds wherever the resource exists."""
    condition = resource.get("Condition") if isinstance(resource, dict) else None
    return frozenset({(condition, True)}) if isinstance(condition, str) else frozenset()


def _leading(value: object, decided: Decided) -> Iterator[Decided]:
    """The conditions that lead to each branch below the value, where `decided` holds already."""
    choice = _choice(value)
    if choice is None:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for each in inner:
            yield from _leading(each, decided)
        return
    name, by_truth = choice
    for holds, branch in by_truth.items():
        if (name, not holds) not in decided and branch != _NO_VALUE:
            here = decided | {(name, holds)}
            yield here
            yield from _leading(branch, here)


def _decide(value: Any, decided: Decided, now: Path, before: Path, taken: dict[Path, Path]) -> Any:  # noqa: ANN401 # any data
    """The value with the decided choices made. `now` is its path in the result, `before` in the template; `taken` is filled."""
    choice = _choice(value)
    if choice is not None:
        name, by_truth = choice
        truth = next((holds for holds in by_truth if (name, holds) in decided), None)
        if truth is not None and by_truth[truth] != _NO_VALUE:
            taken[now] = (*before, _IF, "1" if truth else "2")
            return _decide(by_truth[truth], decided, now, taken[now], taken)
    if isinstance(value, dict):
        return {
            key: _decide(each, decided, (*now, *str(key).split("/")), (*before, *str(key).split("/")), taken)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_decide(each, decided, (*now, str(at)), (*before, str(at)), taken) for at, each in enumerate(value)]
    return value


def _choice(value: object) -> tuple[str, Mapping[bool, Any]] | None:
    """A choice's condition, and its branches."""
    if isinstance(value, dict) and len(value) == 1:
        match value.get(_IF):
            case [str(name), then, otherwise]:
                return name, {True: then, False: otherwise}
    return None
