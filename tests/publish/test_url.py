"""The address of a git remote."""

from __future__ import annotations

import pytest

from generator.errors import InputError
from generator.publish.url import refuse_url, repository_at


@pytest.mark.parametrize(
    "url",
    ["https://[::1]:8443/o/r.git", "git@[::1]:o/r.git", "ssh://git@example.com/o/r.git", "git@example.com:o/r.git", "../r", "https://h/@x"],
)  # fmt: skip
def test_addresses_without_a_secret_are_accepted(url: str) -> None:
    refuse_url(url)


@pytest.mark.parametrize(
    "url", ["", " ", "-u", "ext::sh -c id", "codecommit::eu-central-1://r", "codecommit://r", "https://[x/r"]
)
def test_what_is_no_address_of_a_git_remote_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no URL or path of a git remote"):
        refuse_url(url)


@pytest.mark.parametrize(
    ("url", "wanted", "found"),
    [
        ("https://github.com/Owner/repository.git", "owner/Repository", "owner/Repository"),
        ("git@github.com:owner/repository.git", "owner/repository", "owner/repository"),
        ("ssh://git@github.com/owner/repository", "owner/repository", "owner/repository"),
        ("https://gitlab.example/a/b/repository.git/", "a/b/repository", "a/b/repository"),
        ("https://github.com/another-owner/repository.git", "owner/repository", "another-owner/repository"),
        ("https://github.com/owner/other.git", "owner/repository", "owner/other"),
    ],
)
def test_the_repository_is_the_end_of_the_path(url: str, wanted: str, found: str) -> None:
    assert repository_at(url, wanted) == found
