"""The functions of the custom resources, cut out of the built templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.conftest import example_of, template_of


@dataclass(frozen=True)
class BuiltHandler:
    """A custom resource's own properties, and those of its function and its function's role, as the template has them."""

    kind: str
    resource: Mapping[str, Any]
    function: Mapping[str, Any]
    role: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The text of the function."""
        return str(self.function["Code"]["ZipFile"])


@cache
def built_handler(kind: str, example: str = "reference", stack: str = "") -> BuiltHandler:
    """What stands behind the resource of type `kind`; `stack` chooses the template where more than one has such a resource."""
    files = example_of(example).built.files.files
    names = [f"templates/{stack}.yaml"] if stack else [name for name in files if name.startswith("templates/")]
    (found,) = (
        (resources, resource["Properties"])
        for resources in (template_of(files[name])["Resources"] for name in names)
        for resource in resources.values()
        if resource["Type"] == kind
    )
    resources, properties = found
    function = resources[properties["ServiceToken"]["Fn::GetAtt"][0]]["Properties"]
    role = resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
    return BuiltHandler(kind, properties, function, role)
