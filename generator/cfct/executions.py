"""What CfCT 2.8.4 sends to its state machines, as values: one execution for each SCP, RCP and stack set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from generator.aws.names import AccountId, OuId, Region, RootId
from generator.cfct.manifest import STACK_SET_PREFIX, Resource
from generator.cfct.parameters import Foreseen
from generator.cfct.staging import StagedFile
from generator.cfct.targets import Lost

CAPABILITIES = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
"""What every stack set may do (state_machine_trigger.py 56-58)."""

SECONDS_APART = 15
"""The `WAIT_TIME` between starts of policies, and between looks at a running execution (template 719, 842, 969 and 1150)."""

_NAME_CHARACTERS = 50
_REFUSED = re.compile(r"[^a-zA-Z0-9._-]")


class StageName(StrEnum):
    """The stages that deploy; the value is CfCT's `STAGE_NAME`. They run in this order (template 541-631)."""

    SCP = "scp"
    RCP = "rcp"
    STACK_SET = "stackset"


MACHINES = {
    StageName.SCP: "CustomControlTowerServiceControlPolicyMachine",
    StageName.RCP: "CustomControlTowerResourceControlPolicyMachine",
    StageName.STACK_SET: "CustomControlTowerStackSetStateMachine",
}
"""The state machines (template 1618, 2169 and 2720)."""


def execution_name(name: str) -> str:
    """An execution's name without the time of its start, which CfCT appends.

    Blanks go, 50 characters stay (sm_execution_manager.py 157-161), and what Step Functions refuses becomes `_` (state_machine.py 44).
    """
    return _REFUSED.sub("_", f"Create-{name.replace(' ', '')[:_NAME_CHARACTERS]}")


@dataclass(frozen=True)
class Attachment:
    """A target of a policy: the OU's name as the manifest has it, and its id."""

    name: str
    id: OuId | RootId


@dataclass(frozen=True)
class PolicyExecution:
    """One SCP or RCP. `document` is the text as sent; None when the file is remote, missing or no UTF-8.

    `attachments` are sorted, CfCT's order is arbitrary (a set, manifest_parser.py 140 and 194).
    """

    stage: StageName
    name: str
    description: str
    file: StagedFile
    document: str | None
    attachments: tuple[Attachment, ...]
    starts_after_seconds: int
    lost: tuple[Lost, ...]
    resource: Resource

    @property
    def execution(self) -> str:
        """The execution's name, without the time."""
        return execution_name(self.name)

    def machine_input(self, bucket: str, region: Region) -> dict[str, object]:
        """The state machine's input (manifest_parser.py 375-411, sm_input_builder.py 53-158)."""
        return {
            "RequestType": "Create",
            "ResourceProperties": {
                "PolicyDocument": {
                    "Name": self.name,
                    "Description": self.description,
                    "PolicyURL": self.file.url(bucket, region),
                },
                "AccountId": "",
                "PolicyList": [],
                "Operation": "",
                "OUList": [[[each.name, each.id], "Attach"] for each in self.attachments],
                "OUNameDelimiter": ":",
            },
        }


@dataclass(frozen=True)
class ForeseenExport:
    """An SSM parameter that CfCT writes after a stack set: `reference` is what it looks for among the outputs, in any case.

    The region is the first that the manifest lists. `account` is None when CfCT takes any of several, or when there is none
    (state_machine_handler.py 1136-1151; the list of accounts went through a set, manifest_parser.py 637).
    """

    parameter: str
    reference: str
    account: AccountId | None
    region: Region
    is_arbitrary: bool


@dataclass(frozen=True)
class StackSetExecution:
    """One stack set. Accounts are sorted, CfCT's order is arbitrary; regions stand as the manifest lists them."""

    name: str
    file: StagedFile
    parameters: tuple[Foreseen, ...]
    accounts: tuple[AccountId, ...]
    regions: tuple[Region, ...]
    exports: tuple[ForeseenExport, ...]
    lost: tuple[Lost, ...]
    resource: Resource

    @property
    def stack_set(self) -> str:
        """The stack set's name in CloudFormation."""
        return STACK_SET_PREFIX + self.name

    @property
    def execution(self) -> str:
        """The execution's name, without the time."""
        return execution_name(self.stack_set)

    @property
    def instances(self) -> frozenset[tuple[AccountId, Region]]:
        """Every account and region that gets a stack."""
        return frozenset((account, region) for account in self.accounts for region in self.regions)

    def machine_input(self, bucket: str, region: Region) -> dict[str, object]:
        """The state machine's input before SSM parameters are looked up (manifest_parser.py 449-492, sm_input_builder.py 161-231)."""
        return {
            "RequestType": "Create",
            "ResourceProperties": {
                "StackSetName": self.stack_set,
                "TemplateURL": self.file.url(bucket, region),
                "Capabilities": "[" + ",".join(f'"{each}"' for each in CAPABILITIES) + "]",
                "Parameters": {
                    each.key: each.value if isinstance(each.value, str) else list(each.value) for each in self.parameters
                },
                "AccountList": list(self.accounts),
                "RegionList": list(self.regions),
                "SSMParameters": {each.parameter: each.reference for each in self.exports},
            },
            "SkipUpdateStackSet": "no",
        }
