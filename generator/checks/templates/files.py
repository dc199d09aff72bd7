"""Templates as files: CloudFormation must be able to read each, and some entry must use it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from generator.cfct.file_check import is_remote
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject
from generator.checks.templates.template import templates
from generator.errors import Where
from generator.package.files import TEMPLATES

READABLE = Rule(
    "CT303",
    Level.ERROR,
    "a template is one YAML or JSON document without duplicate keys",
    "CfCT's build stage sends it to CloudFormation, which refuses it; of a key given twice CloudFormation takes one without a word",
    "correct the template",
    cfct("run-validation.sh 161-195"),
)
USED = Rule(
    "CT304",
    Level.WARNING,
    "each template below `templates/` is deployed by some entry",
    "CfCT validates it in every run, and a fault in it stops all deployments, but nothing is ever made of it",
    "name it as the `resource_file` of an entry, or remove it",
    cfct("run-validation.sh 161-195"),
)


def _unreadable(subject: Subject) -> Iterator[Objection]:
    for path, document in subject.templates.items():
        for problem in document.problems:
            yield Objection(problem.where or Where(subject.files.shown(path)), problem.problem, problem.remedy)


def _unused(subject: Subject) -> Iterator[Objection]:
    """Silent when no entry is a stack set. A template of which an entry names a copy elsewhere, or that another template names, is in use."""
    entries = [entry for entry in subject.manifest.resources if entry.is_stack_set] if subject.manifest else []
    named = {entry.file for entry in entries}
    copies = {posixpath.basename(entry.file) for entry in entries if is_remote(entry.resource_file)}
    texts = {template.path: subject.files.files[template.path] for template in templates(subject)} if named else {}
    for path in texts:
        name = path.removeprefix(TEMPLATES)
        nested = any(name.encode() in text for other, text in texts.items() if other != path)
        used = path in named or posixpath.basename(name) in copies or nested
        if not used and " " not in name:  # a blank alone breaks the reference (CT007)
            yield Objection(Where(subject.files.shown(path)), f"no entry of the manifest names `{path}`")


CHECKS = (Check(READABLE, _unreadable), Check(USED, _unused))
