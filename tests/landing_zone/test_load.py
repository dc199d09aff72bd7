from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yaml import safe_dump

from generator.aws.quotas import NEWEST
from generator.errors import InputError
from generator.landing_zone import load, load_organization
from generator.landing_zone.section import AccountRef, Section
from generator.landing_zone.source import SIZE_LIMIT

ROOT = Path(__file__).parents[2]
INTENT, ORGANIZATION = ROOT / "landing-zone.yaml", ROOT / "organization.yaml"


class Owned(Section):
    owner: AccountRef | None = None


def problems(config: Path, organization: Path, sections=None) -> list[str]:
    with pytest.raises(InputError) as raised:
        load(config, organization, sections or {})
    return [f"{each.where}: {each.problem}" for each in raised.value.problems]


def test_a_file_of_one_line_is_enough(tmp_path):
    (tmp_path / "landing-zone.yaml").write_text("organization: o-exampleorg1\n")
    landing_zone = load(tmp_path / "landing-zone.yaml", ORGANIZATION, {"owned": Owned})
    assert landing_zone.options == {"owned": Owned()}
    assert landing_zone.quota_profile == NEWEST


def test_a_section_that_is_only_named_means_its_defaults(tmp_path):
    (tmp_path / "landing-zone.yaml").write_text("organization: o-exampleorg1\ncontrols:\n  owned:\n")
    assert load(tmp_path / "landing-zone.yaml", ORGANIZATION, {"owned": Owned}).options["owned"] == Owned()


def test_an_account_may_be_named_in_any_case_or_by_its_id(tmp_path):
    for owner in ("log archive", '"222222222222"'):
        (tmp_path / "landing-zone.yaml").write_text(f"organization: o-exampleorg1\ncontrols: {{owned: {{owner: {owner}}}}}\n")
        assert load(tmp_path / "landing-zone.yaml", ORGANIZATION, {"owned": Owned}).options["owned"] == Owned(
            owner="222222222222"
        )


def test_two_accounts_may_have_one_name_as_long_as_nobody_uses_it(tmp_path):
    """AWS Organizations wants e-mail addresses to be unique, not names."""
    text = ORGANIZATION.read_text()
    assert text.count("name: Audit\n") == 1
    twins = tmp_path / "organization.yaml"
    twins.write_text(text.replace("name: Audit\n", "name: Log Archive\n"))
    assert [each.name for each in load_organization(twins).accounts].count("Log Archive") == 2
    config = tmp_path / "landing-zone.yaml"
    config.write_text('organization: o-exampleorg1\ncontrols:\n  owned:\n    owner: "333333333333"\n')
    assert load(config, twins, {"owned": Owned}).options["owned"] == Owned(owner="333333333333")


def test_the_older_quota_profile_can_be_chosen_with_or_without_quotes(tmp_path):
    for text in ("2024-11-13", '"2024-11-13"'):
        (tmp_path / "landing-zone.yaml").write_text(f"organization: o-exampleorg1\nquota_profile: {text}\n")
        assert load(tmp_path / "landing-zone.yaml", ORGANIZATION, {}).quota_profile == "2024-11-13"


def test_the_trail_that_control_tower_made_is_read(tmp_path):
    text = ORGANIZATION.read_text().replace(
        "control_tower_trail: none",
        "control_tower_trail: {name: aws-controltower-BaselineCloudTrail, bucket: aws-controltower-logs-222222222222-eu-central-1}",
    )
    (tmp_path / "organization.yaml").write_text(text)
    trail = load_organization(tmp_path / "organization.yaml").control_tower_trail
    assert trail is not None
    assert (trail.bucket, trail.kms_key, trail.object_lock) == ("aws-controltower-logs-222222222222-eu-central-1", None, False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", "o-exampleorg1"),
        (", prefix: ", "o-exampleorg1"),
        (', prefix: ""', ""),
        (", prefix: logs/main", "logs/main"),
        (f", prefix: {'a' * 200}", "a" * 200),
    ],
)
def test_the_prefix_of_the_trail_is_the_organizations_id_unless_the_file_says_another(tmp_path, line, expected):
    text = ORGANIZATION.read_text().replace(
        "control_tower_trail: none",
        f"control_tower_trail: {{name: aws-controltower-BaselineCloudTrail, bucket: logs-example{line}}}",
    )
    (tmp_path / "organization.yaml").write_text(text)
    trail = load_organization(tmp_path / "organization.yaml").control_tower_trail
    assert trail is not None
    assert trail.prefix == expected


def test_a_trail_key_of_the_management_account_is_read(tmp_path):
    key = "arn:aws:kms:eu-central-1:111111111111:key/0a1b2c3d"
    text = ORGANIZATION.read_text().replace(
        "control_tower_trail: none",
        f'control_tower_trail: {{name: aws-controltower-BaselineCloudTrail, bucket: logs-example, kms_key: "{key}"}}',
    )
    (tmp_path / "organization.yaml").write_text(text)
    trail = load_organization(tmp_path / "organization.yaml").control_tower_trail
    assert trail is not None
    assert trail.kms_key == key


def test_a_small_anchor_is_no_bomb(tmp_path):
    text = (
        ORGANIZATION.read_text()
        .replace("home_region: eu-central-1", "home_region: &home eu-central-1")
        .replace("[eu-central-1,", "[*home,")
    )
    (tmp_path / "organization.yaml").write_text(text)
    assert load_organization(tmp_path / "organization.yaml") == load_organization(ORGANIZATION)


def test_both_files_are_examined_when_one_is_missing(tmp_path):
    (tmp_path / "landing-zone.yaml").write_text("organization: x\n")
    assert problems(tmp_path / "landing-zone.yaml", tmp_path / "organization.yaml") == [
        f"{tmp_path}/landing-zone.yaml:1:15: `x` is not an organization id",
        f"{tmp_path}/organization.yaml: there is no such file",
    ]


def test_a_folder_is_no_file(tmp_path):
    assert problems(tmp_path, ORGANIZATION) == [f"{tmp_path}: this is a folder"]


def test_a_device_is_no_file():
    assert problems(Path("/dev/zero"), ORGANIZATION) == ["/dev/zero: this is no regular file"]


def test_a_path_through_a_file_is_told():
    path = INTENT / "below"
    assert problems(path, ORGANIZATION) == [f"{path}: the file cannot be read: not a directory"]


def test_a_path_with_a_nul_byte_is_no_path():
    assert problems(Path("a\0b"), ORGANIZATION) == ["None: 'a\\x00b' is not a path"]


def test_an_unreadable_file_is_told(tmp_path, monkeypatch):
    path = tmp_path / "landing-zone.yaml"
    path.write_text("organization: o-exampleorg1\n")

    def denied(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    assert f"{path}: the file may not be read" in problems(path, ORGANIZATION)


def test_a_file_of_100_mb_is_refused_without_being_read_whole(tmp_path):
    path = tmp_path / "landing-zone.yaml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 100_000_000)
    assert problems(path, ORGANIZATION) == [f"{path}: the file is larger than {SIZE_LIMIT:,} bytes"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"organization: o-exampleorg1\ncontrols: {}  # caf\xe9\n", "2:20: byte 48 of the file is 0xe9, which is not UTF-8"),
        ("organization: o-exampleorg1\n".encode("utf-16"), "1:1: byte 1 of the file is 0xff, which is not UTF-8"),
        ("# é\norganization: \xe9\xff\x00\n".encode(), "2:17: character U+0000 is not allowed in YAML"),
    ],
)
def test_what_is_not_utf_8_text_is_told_with_its_place(tmp_path, data, expected):
    path = tmp_path / "landing-zone.yaml"
    path.write_bytes(data)
    assert problems(path, ORGANIZATION) == [f"{path}:{expected}"]


def test_a_byte_order_mark_is_no_error(tmp_path):
    (tmp_path / "landing-zone.yaml").write_bytes(b"\xef\xbb\xbforganization: o-exampleorg1\n")
    assert load(tmp_path / "landing-zone.yaml", ORGANIZATION, {}).organization.id == "o-exampleorg1"


def never_anything_but_an_input_error(path: Path) -> None:
    for config, organization in ((path, ORGANIZATION), (INTENT, path)):
        with pytest.raises(InputError) as raised:
            load(config, organization, {"owned": Owned})
        assert all(each.problem and each.remedy and each.where for each in raised.value.problems)


@settings(deadline=None, database=None, max_examples=120)
@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_an_input_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("bytes", numbered=True) / "input.yaml"
    path.write_bytes(data)
    never_anything_but_an_input_error(path)


KEYS = st.sampled_from(
    [
        "id",
        "organization",
        "controls",
        "owned",
        "owner",
        "accounts",
        "organizational_units",
        "children",
        "name",
        "ou",
        "status",
        "policies",
        "targets",
        "content",
        "control_tower_trail",
        "partition",
        "governed_regions",
        "home_region",
        "root_id",
        "audit",
        "kms_key",
        "type",
        "<<",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.dates()
    | st.text(max_size=8)
    | st.sampled_from(["aws", "none", "012345670123"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | LEAVES, inner, max_size=6),
    max_leaves=25,
)


@settings(deadline=None, database=None, max_examples=150)
@given(st.dictionaries(KEYS, TREES, max_size=12))
def test_random_yaml_raises_nothing_but_an_input_error(tmp_path_factory, tree):
    path = tmp_path_factory.mktemp("yaml", numbered=True) / "input.yaml"
    path.write_text(safe_dump(tree, allow_unicode=True), encoding="utf-8", errors="replace")
    never_anything_but_an_input_error(path)


@settings(deadline=None, database=None, max_examples=200)
@given(st.text(alphabet="{}[]:,-#&*!|>'\"%@`?<= \n\t0123456789abo_xX.e+~", max_size=60))
def test_random_punctuation_raises_nothing_but_an_input_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text", numbered=True) / "input.yaml"
    path.write_text(text)
    never_anything_but_an_input_error(path)
