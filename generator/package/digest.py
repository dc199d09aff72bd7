"""Digests of what is delivered: one form everywhere, so that a seal, a commit's trailer and the evidence can be compared by eye."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping


def sha256(content: bytes) -> str:
    """The digest as it is written everywhere: `sha256:` and hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def package_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over paths and contents, the same for a folder, a zip and a commit of the same package."""
    parts = [[path, hashlib.sha256(content).hexdigest()] for path, content in sorted(files.items())]
    return sha256(json.dumps(parts, separators=(",", ":")).encode())
