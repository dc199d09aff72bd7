"""What no package can bring about, said in every evidence: an auditor must not read more into a proof than it says."""

from __future__ import annotations

from dataclasses import dataclass

_SCPS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"
_RCPS = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"


@dataclass(frozen=True)
class Limit:
    """One sentence without a final period, and the page that says so; empty where it is about this document itself."""

    sentence: str
    source: str = ""


LIMITS = (
    Limit("an SCP does not bind the principals of the management account, nor service-linked roles of any account", _SCPS),
    Limit(
        "an RCP protects resources of member accounts only, in the services that AWS lists, and never denies a service-linked role",
        _RCPS,
    ),
    Limit("SCPs and RCPs never grant anything: what they allow, an account's own policies may still deny", _SCPS),
    Limit(
        "a claim is about the policies of this package alone, attached as its manifest says; "
        "that they are attached today, and that nobody has changed them since, this document does not show"
    ),
    Limit("templates are judged as they are written; that the stacks are deployed and unchanged, this document does not show"),
)
