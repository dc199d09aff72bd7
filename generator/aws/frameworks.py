"""Published frameworks whose ids our Guard rules name: how each is called in a rule's comment, and in `landing-zone.yaml`."""

from __future__ import annotations

from enum import StrEnum


class Framework(StrEnum):
    """The value is the word in `landing-zone.yaml`."""

    CIS = "cis-3.0"
    FSBP = "fsbp"
    NIST = "nist-800-53r5"

    @property
    def full_name(self) -> str:
        """The full name, with its edition."""
        return _NAMES[self]


_NAMES = {
    Framework.CIS: "CIS AWS Foundations Benchmark 3.0.0",
    Framework.FSBP: "AWS Foundational Security Best Practices, by the ids of Security Hub's controls",
    Framework.NIST: "NIST SP 800-53 revision 5",
}
