"""The files that CfCT itself puts into a new repository or bucket, so that the first publish may replace them.

The ids are of `deployment/custom_control_tower_configuration` in CfCT's own repository, all versions up to v2.8.4 that have it; nothing
in them is of use, and every user starts with them (template, `CustomControlTowerCodeCommit.Code`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from generator.package.files import MANIFEST
from generator.publish.remote import Stored, blob_id

_EXAMPLES: Mapping[str, frozenset[str]] = {
    "example-configuration/manifest.yaml": frozenset(
        {"478fbaa275b21c7093a725fa46e58a287d07177d", "7443ecb0f3010a1e72da25afc4e6c3610bca24a1"}
    ),
    "example-configuration/parameters/create-ssm-parameter-keys-1.json": frozenset({"54edb90012cf45a39b950aba39f41af2c482b3e6"}),
    "example-configuration/parameters/create-ssm-parameter-keys-2.json": frozenset({"e73ecc03e6d5c3eed2538d869ff900afc9bbbc98"}),
    "example-configuration/policies/preventive-guardrails.json": frozenset({"db35e803aacecd9a5a5ce076376ba49d0a190f6b"}),
    "example-configuration/policies/rcp-preventive-guardrails.json": frozenset({"2f95bb72a9a30b43e38adabd6673c7cef0bd6bc3"}),
    "example-configuration/templates/create-ssm-parameter-keys-1.template": frozenset(
        {"5ab39a47d83d719708c115e48eae9b7d7d73d9aa"}
    ),
    "example-configuration/templates/create-ssm-parameter-keys-2.template": frozenset(
        {"db5edbe7514d85f554648249adb16cebaa22afa3"}
    ),
    "manifest.yaml.j2": frozenset({"662699583b81437a540acadda5d8c99dae2b678d"}),
}

_REGION = re.compile(rb"^region: [a-z0-9-]+$", re.MULTILINE)


def is_sample(path: str, stored: Stored) -> bool:
    """Whether CfCT wrote this file. Its manifest is a template whose one placeholder holds the home region (build-s3-dist.sh)."""
    if path == MANIFEST:
        return blob_id(_REGION.sub(b"region: {{ region }}", stored.content, count=1)) in _EXAMPLES["manifest.yaml.j2"]
    return blob_id(stored.content) in _EXAMPLES.get(path, ())
