"""The bundle: both documents as bytes, by the name that each has in the folder of the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from generator.build import Built
from generator.control import Control
from generator.evidence import json_document, markdown
from generator.evidence.gather import Judgement, gather
from generator.landing_zone import LandingZone

MARKDOWN = "evidence.md"
JSON = "evidence.json"


def evidence_files(
    landing_zone: LandingZone,
    built: Built,
    controls: Sequence[Control[Any]],
    judgement: Judgement,
    inputs: Mapping[str, bytes],
) -> Mapping[str, bytes]:
    """File name to content. The same arguments give the same bytes everywhere: no clock, no path, no locale goes in.

    `inputs` are the input files by name: what their digests are of.
    """
    evidence = gather(landing_zone, built, controls, judgement, inputs)
    return {MARKDOWN: markdown.render(evidence).encode(), JSON: json_document.render(evidence).encode()}
