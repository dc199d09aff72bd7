"""Small Guard rules that several tests use, and templates for them."""

from __future__ import annotations

from pathlib import Path

from generator.checks.guard.source import RuleFile, cut

VERSIONING = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != 'VERSIONING'
]
rule VERSIONING when %buckets !empty {
  %buckets.Properties.VersioningConfiguration.Status == 'Enabled'
  <<
    Violation: no versions.
    Fix: switch them on.
  >>
}
"""
UNSUPPRESSIBLE = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket' ]
rule VERSIONING when %buckets !empty {
  %buckets.Properties.VersioningConfiguration.Status == 'Enabled' <<Violation: no versions Fix: switch them on>>
}
"""
ACROSS = """
let buckets = Resources.*[ Type == 'AWS::S3::Bucket'
  Metadata.guard.SuppressedRules not exists or
  Metadata.guard.SuppressedRules.* != 'TOPIC'
]
rule TOPIC when %buckets !empty {
  Resources.*[ Type == 'AWS::SNS::Topic' ] !empty <<Violation: no topic Fix: add one>>
  %buckets.Properties.VersioningConfiguration.Status == 'Enabled' <<Violation: no versions Fix: switch them on>>
}
"""
HEADED = """
# Buckets keep versions
# What is overwritten is gone.
# Level: warning
# - FSBP S3.14: versions are kept
# - NIST CP-9, SI-12: data survives a mistake
""" + VERSIONING.lstrip()


def rules(text: str) -> RuleFile:
    return cut(text, Path("rules/x.guard"))


def bucket(*, good: bool, padding: int = 0) -> dict:
    return {
        "Type": "AWS::S3::Bucket",
        "Properties": {"VersioningConfiguration": {"Status": "Enabled" if good else "Off"}, "Name": "x" * padding},
    }
