"""Digests: of one content, and of a whole package."""

from __future__ import annotations

import hashlib

from generator.package.digest import package_digest, sha256


def test_a_digest_says_its_algorithm_and_is_what_other_tools_compute():
    assert sha256(b"abc") == f"sha256:{hashlib.sha256(b'abc').hexdigest()}"


def test_the_order_in_which_files_are_given_does_not_matter():
    assert package_digest({"a": b"1", "b": b"2"}) == package_digest({"b": b"2", "a": b"1"})


def test_a_path_cannot_be_moved_into_the_content_before_it():
    assert package_digest({"a": b"b", "c": b""}) != package_digest({"a": b"", "b": b"c"})


def test_contents_cannot_be_exchanged():
    assert package_digest({"a": b"1", "b": b"2"}) != package_digest({"a": b"2", "b": b"1"})
