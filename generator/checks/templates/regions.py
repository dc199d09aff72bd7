"""What must be in the region of the stack, and stands in a template with a fixed region."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.cfct.document import Node
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule
from generator.checks.subject import Subject
from generator.checks.templates.evaluate import Scene
from generator.checks.templates.template import FUNCTION_TYPES, Declared
from generator.checks.templates.uses import Use, uses

TOKEN_IN_REGION = Rule(
    "CT324",
    Level.ERROR,
    "the function or topic of a custom resource is in the stack's own region",
    "CloudFormation refuses a `ServiceToken` of another region, so the stacks in all other regions fail",
    "put `${AWS::Region}` into the ARN and have the function in each region, or limit the entry's `regions`",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-customresource.html",
)
CODE_IN_REGION = Rule(
    "CT333",
    Level.ERROR,
    "the code of a function is in the function's own region",
    "Lambda takes code from a bucket, and layers, of its own region only, so the stacks in all other regions fail",
    "have a bucket or layer in each region and put `${AWS::Region}` into its name, or limit the entry's `regions`",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html",
)

_ARN = re.compile(r"arn:[a-z-]+:(?:lambda|sns):(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):")


def _tokens(subject: Subject) -> Iterator[Objection]:
    for use in uses(subject):
        for custom in (resource for resource in use.template.resources.values() if resource.is_custom):
            token = custom.setting("ServiceToken")
            wrong = _first_elsewhere(use, custom, token) if token else None
            if token and wrong:
                message = f"`{custom.name}` asks `{wrong[0]}`, but `{use.entry.name}` makes it in `{wrong[1]}` too"
                yield Objection(use.template.where(token), message)


def _code(subject: Subject) -> Iterator[Objection]:
    for use in uses(subject):
        for function in (resource for resource in use.template.resources.values() if resource.type in FUNCTION_TYPES):
            yield from _bucket(use, function)
            layers = function.setting("Layers")
            for layer in layers.children.values() if layers else ():
                wrong = _first_elsewhere(use, function, layer)
                if wrong:
                    message = f"`{function.name}` has the layer `{wrong[0]}`, but `{use.entry.name}` makes it in `{wrong[1]}` too"
                    yield Objection(use.template.where(layer), message)


def _bucket(use: Use, function: Declared) -> Iterator[Objection]:
    """A bucket is in one region, so its name must differ wherever the region does."""
    bucket = function.setting("Code", "S3Bucket")
    if bucket is None:
        return
    seen: dict[tuple[str, str], str] = {}
    for scene in _scenes(use, function):
        name = scene.text(bucket)
        if name is not None and seen.setdefault((scene.account, name), scene.region) != scene.region:
            message = (
                f"`{function.name}` takes its code from `{name}` in each of the {len(use.regions)} regions of `{use.entry.name}`"
            )
            yield Objection(use.template.where(bucket), message)
            return


def _first_elsewhere(use: Use, resource: Declared, node: Node) -> tuple[str, str] | None:
    """An ARN of another region than the stack's, with that region."""
    for scene in _scenes(use, resource):
        arn = scene.text(node) or ""
        found = _ARN.match(arn)
        if found and found["region"] != scene.region:
            return arn, scene.region
    return None


def _scenes(use: Use, resource: Declared) -> Iterator[Scene]:
    """Those in which the resource is made; none if a macro may change it."""
    scenes = use.scenes() if use.template.is_whole else ()
    return (scene for scene in scenes if scene.exists(resource.node))


CHECKS = (Check(TOKEN_IN_REGION, _tokens), Check(CODE_IN_REGION, _code))
