"""A package becomes files, the same every time, and never one that CfCT would read by chance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from troposphere import Template

from generator.errors import PackageError
from generator.package.model import Export, Package, Stack
from generator.package.render import render

STACK = Stack("a", "c", "r", Template(), regions=("eu-central-1",), accounts=("111111111111",), exports=(Export("/a", "A"),))


@pytest.mark.parametrize(
    "change",
    [
        {"regions": ("eu-central-1", "us-east-1")},
        {"accounts": ("111111111111", "222222222222")},
        {"accounts": (), "organizational_units": ("Security",)},
        {"organizational_units": ("Security",)},
    ],
)
def test_an_export_from_more_than_one_place_is_refused(change):
    render(Package(stacks=(STACK,)), (), "eu-central-1")
    with pytest.raises(PackageError, match=r"stack `a` exports outputs from .* arbitrary one"):
        render(Package(stacks=(replace(STACK, **change),)), (), "eu-central-1")


def test_templates_say_that_they_are_generated_and_name_no_version(example):
    for path, content in example.built.files.files.items():
        if not path.startswith("policies/"):
            assert b"Written by `cfctgen build`" in content.splitlines()[0], path
            assert b"0.1.0" not in content


def test_nothing_lies_where_cfct_puts_its_own_files(example):
    reserved = ("cfct/", "codebuild_scripts/", "original/", "add-on/", "add-on-manifests/", "s3", "http")
    assert not [path for path in example.built.files.files if path.startswith(reserved)]
