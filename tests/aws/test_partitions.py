from __future__ import annotations

import pytest
from botocore.loaders import Loader

from generator.aws.partitions import PARTITIONS, REFUSED, REFUSED_REGIONS, partition_of

BOTOCORE = {each["id"]: each for each in Loader().load_data("partitions")["partitions"]}


def regions(partition: str) -> set[str]:
    return {region for region in BOTOCORE[partition]["regions"] if not region.endswith("-global")}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_table_has_the_regions_that_botocore_has(partition):
    assert set(PARTITIONS[partition].regions) == regions(partition)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_suffix_and_global_region_are_those_of_botocore(partition):
    outputs = BOTOCORE[partition]["outputs"]
    assert PARTITIONS[partition].dns_suffix == outputs["dnsSuffix"]
    assert PARTITIONS[partition].global_region == outputs["implicitGlobalRegion"]


def test_china_is_known_only_to_be_refused():
    assert set(REFUSED) == {"aws-cn"}
    assert {region for region, partition in REFUSED_REGIONS.items() if partition == "aws-cn"} == regions("aws-cn")


def test_control_tower_has_an_endpoint_in_every_partition_that_is_accepted_and_in_none_that_is_refused():
    endpoints = {each["partition"]: each["services"] for each in Loader().load_data("endpoints")["partitions"]}
    assert all("controltower" in endpoints[partition] for partition in PARTITIONS)
    assert not any("controltower" in endpoints[partition] for partition in REFUSED)


@pytest.mark.parametrize(
    ("region", "opt_in"),
    [("us-east-1", False), ("ap-northeast-3", False), ("ap-east-1", True), ("me-south-1", True), ("eu-central-2", True)],
)
def test_regions_launched_after_march_2019_are_opt_in(region, opt_in):
    assert PARTITIONS["aws"].regions[region].opt_in is opt_in


def test_the_partition_of_a_region_is_found_also_where_it_is_refused():
    assert partition_of("eu-central-1") == "aws"
    assert partition_of("us-gov-east-1") == "aws-us-gov"
    assert partition_of("cn-north-1") == "aws-cn"
    assert partition_of("eu-nowhere-1") is None
