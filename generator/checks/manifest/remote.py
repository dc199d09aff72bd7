"""Remote files: CfCT takes a URL in one stage that it cannot read in the next."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from generator.aws.partitions import PARTITIONS
from generator.checks.finding import Level
from generator.checks.rule import Check, Objection, Rule, cfct
from generator.checks.subject import Subject

_REGIONS = frozenset(region for partition in PARTITIONS.values() for region in partition.regions)
_S3 = "s3://"
_HTTP = ("http://", "https://")
_PATH_STYLE = "https://s3."

REGIONAL_URL = Rule(
    "CT039",
    Level.ERROR,
    "a remote template or policy is an S3 URL with its region, of a bucket without a dot in its name",
    "CfCT cuts bucket and region out of the URL at its dots; a policy's execution fails, and a stack set's from the second run on",
    "write `s3://<bucket>/<key>`, `https://<bucket>.s3.<region>.amazonaws.com/<key>` or `https://s3.<region>.amazonaws.com/<bucket>/<key>`, "
    "or put the file into the package",
    cfct("url_conversion.py 61-96, state_machine_handler.py 697-702, sm_execution_manager.py 211-218"),
)
LOCAL_PARAMETERS = Rule(
    "CT050",
    Level.ERROR,
    "a parameter file is in the package or at `s3://`",
    "CfCT's build stage downloads it from `http`, but the deploy stage opens that address as a local path, finds nothing and stops",
    "put the file into the package, or write `s3://<bucket>/<key>`",
    cfct("manifest_parser.py 506-515"),
)


def _unreadable_url(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        path = resource.resource_file
        reason = _why_not(path) if path.lower().startswith((_S3, *_HTTP)) else ""
        if manifest and reason:
            yield Objection(manifest.where(resource.place("resource_file")), f"CfCT cannot read `{path}`: {reason}")


def _why_not(url: str) -> str:
    """What CfCT's way of reading a URL finds wrong in it; empty if it can read it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "it is no URL"
    labels = parts.netloc.split(".")
    if url.lower().startswith(_S3):
        return f"the bucket's name `{parts.netloc}` holds a dot" if len(labels) > 1 else ""
    if url.startswith(_PATH_STYLE):
        if labels[1] not in _REGIONS:
            return f"`{labels[1]}` is no region"
        return "" if parts.path.count("/") > 1 else "it names no key"
    third = labels[2:3]
    return "" if third and third[0] in _REGIONS else "it does not name its region where CfCT looks, after `<bucket>.s3.`"


def _remote_parameters(subject: Subject) -> Iterator[Objection]:
    manifest = subject.manifest
    for resource in manifest.resources if manifest else ():
        if manifest and resource.parameter_file.lower().startswith(_HTTP):
            where = manifest.where(resource.place("parameter_file"))
            yield Objection(where, f"CfCT looks for a local file called `{resource.parameter_file}`")


CHECKS = (Check(REGIONAL_URL, _unreadable_url), Check(LOCAL_PARAMETERS, _remote_parameters))
