"""What a run takes over from earlier runs, and leaves for later ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from generator.checks.cache import Cache, open_cache
from generator.checks.fingerprint import fingerprint
from generator.checks.linter import Linter
from generator.checks.remembered import FORGETFUL, Memory
from generator.checks.replay import INPUTS, Command, Request, Said, built_state, given, keep, screen, state

if TYPE_CHECKING:
    from generator.build import Built


@dataclass(frozen=True)
class Again:
    """One run. `found` is the state in which it began, None for a run that is not looked up: it has options, or there is no cache."""

    cache: Cache | None
    request: Request
    found: str | None
    inputs: Mapping[str, bytes]

    @classmethod
    def check(cls, path: Path, form: str, *, plain: bool, cached: bool) -> Self:
        """Of `check`; `plain` if it has no option but its format."""
        request = Request(Command.CHECK, path, form, screen(sys.stdout, os.environ))
        cache = open_cache(path, os.environ) if cached else None
        return cls(cache, request, state(request) if cache and plain else None, {})

    @classmethod
    def build(cls, out: Path, *, plain: bool, cached: bool) -> Self:
        """Of `build`; `plain` if it has no option."""
        request = Request(Command.BUILD, out, "text", screen(sys.stdout, os.environ))
        cache = open_cache(out, os.environ) if cached else None
        inputs = given(out, INPUTS) if cache and plain else {}
        return cls(cache, request, built_state(inputs, {}) if inputs else None, inputs)

    @property
    def memory(self) -> Memory:
        """What the judges said before."""
        return Memory(self.cache, fingerprint(())) if self.cache else FORGETFUL

    def linter(self) -> Linter:
        """cfn-lint, started at once where no template can be known already."""
        return Linter(early=self.cache is None or self.cache.is_empty)

    def keep_check(self, output: bytes, notes: str, code: int) -> None:
        """Leave what the run says, unless a file was changed meanwhile."""
        if self.cache and self.found and state(self.request) == self.found:
            keep(self.cache, self.request, self.found, Said(output, notes, code))

    def keep_build(self, built: Built, output: bytes, notes: str) -> None:
        """Leave what a build that passed says, unless it changed its own input: the next one may say something else of it."""
        if self.cache is None or self.found is None or given(self.request.path, INPUTS) != self.inputs:
            return
        files = {built.files.shown(path): content for path, content in built.files.files.items()}
        files |= {f"runbooks/{runbook.path}": runbook.text.encode() for runbook in built.runbooks}
        keep(self.cache, self.request, built_state(self.inputs, files), Said(output, notes, 0))
