"""The kinds of string that AWS uses as names, so that an account id is never passed where a region is meant."""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", str)
"""Twelve digits."""

OrganizationId = NewType("OrganizationId", str)
"""`o-` and 10 to 32 lower-case letters or digits."""

RootId = NewType("RootId", str)
"""`r-` and 4 to 32 lower-case letters or digits."""

OuId = NewType("OuId", str)
"""`ou-<root>-<unit>`; unlike a path it survives a rename."""

OuPath = NewType("OuPath", str)
"""An OU as CfCT's manifest names it: names from below the root joined by `:` (`Infrastructure:Network`)."""

Region = NewType("Region", str)
"""A region code, for example `eu-central-1`."""

Arn = NewType("Arn", str)
"""A full ARN, or a pattern of one with `*` and `?`."""

OU_PATH_SEPARATOR = ":"
"""CfCT 2.8.4 splits nested OU names at `:` (manifest/manifest_parser.py)."""
