"""CfCT's own sample files are known by their content; here with ids of our own in their place."""

from __future__ import annotations

import pytest

from generator.publish import samples
from generator.publish.lay import Foreign, lay
from generator.publish.remote import Remote, Stored, blob_id

MANIFEST = b"# sample\nregion: {{ region }}\nresources: []"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {"manifest.yaml.j2": frozenset({blob_id(MANIFEST)}), "example/a.json": frozenset({blob_id(b"{}")})}
    monkeypatch.setattr(samples, "_EXAMPLES", ids)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("manifest.yaml", MANIFEST.replace(b"{{ region }}", b"us-gov-west-1"), True),
        ("manifest.yaml", MANIFEST.replace(b"{{ region }}", b"eu-west-1") + b"\n", False),
        ("manifest.yaml", b"region: eu-west-1\nresources: []", False),
        ("example/a.json", b"{}", True),
        ("example/a.json", b"{ }", False),
        ("other/a.json", b"{}", False),
    ],
)
def test_only_the_very_content_is_a_sample(path: str, content: bytes, expected: bool) -> None:
    assert samples.is_sample(path, Stored(content)) is expected


@pytest.mark.usefixtures("known")
def test_samples_are_replaced_and_said() -> None:
    files = {"manifest.yaml": Stored(MANIFEST.replace(b"{{ region }}", b"eu-west-1")), "example/a.json": Stored(b"{}")}
    laid = lay({"manifest.yaml": b"ours"}, Remote("1", files, frozenset()), Foreign.REFUSE, "it")
    assert dict(laid.tree) == {"manifest.yaml": Stored(b"ours")}
    assert laid.samples == ("example/a.json", "manifest.yaml")


def test_a_link_or_an_executable_in_our_place_is_not_ours() -> None:
    files = {"manifest.yaml": Stored(b"ours", "100755")}
    remote = Remote("1", files, frozenset({("manifest.yaml", Stored(b"ours").identity)}))
    laid = lay({"manifest.yaml": b"ours"}, remote, Foreign.REMOVE, "it")
    assert laid.changed == laid.foreign == ("manifest.yaml",)
