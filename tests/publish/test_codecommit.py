"""Publishing to CodeCommit, over TLS and with real signatures."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from generator.errors import InputError, OutsideError
from generator.publish.delivery import Options, To
from generator.publish.lay import Foreign
from tests.publish.conftest import NEW, OLD, SECRETS, SESSION, USER, Loopback
from tests.servers.codecommit import Key, git
from tests.servers.walkthrough import commit_file


def test_what_is_published_is_the_package_byte_for_byte(loopback: Loopback) -> None:
    report = loopback.publish(OLD)
    assert loopback.files() == OLD
    assert report.startswith(f"published {loopback.head} to CodeCommit repository `custom-control-tower-configuration`")


def test_a_clone_with_git_remote_codecommit_holds_the_package(loopback: Loopback, tmp_path: Path) -> None:
    loopback.publish(NEW)
    environment = {
        **os.environ,
        **loopback.codecommit.environment,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": USER.identifier,
        "AWS_SECRET_ACCESS_KEY": USER.secret,
    }
    url = "codecommit::eu-central-1://custom-control-tower-configuration"
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", url, str(clone)], env=environment, check=True, capture_output=True)  # noqa: S607
    held = {path.relative_to(clone).as_posix(): path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    assert {path: content for path, content in held.items() if not path.startswith(".git/")} == NEW


def test_the_second_publish_of_the_same_package_pushes_nothing(loopback: Loopback) -> None:
    loopback.publish(OLD)
    loopback.codecommit.requests.clear()
    report = loopback.publish(OLD)
    assert report.startswith("unchanged: ")
    assert loopback.head in report
    assert loopback.commits == 1
    assert not [request for request in loopback.codecommit.requests if "receive-pack" in request]


def test_a_new_package_replaces_the_old_one_and_says_what_changed(loopback: Loopback) -> None:
    loopback.publish(OLD)
    report = loopback.publish(NEW)
    assert loopback.files() == NEW
    assert "stacks: added new; changed trail; removed old" in report


def test_session_credentials_sign_too(loopback: Loopback) -> None:
    loopback.publish(OLD, key=SESSION)
    assert loopback.files() == OLD


def test_a_publish_lands_on_top_of_somebody_elses_commit_when_their_file_may_stay(loopback: Loopback) -> None:
    loopback.publish(OLD)
    theirs = commit_file(loopback.repository, "README.md", b"ours\n")
    loopback.publish(NEW, foreign=Foreign.KEEP)
    assert loopback.files() == {**NEW, "README.md": b"ours\n"}
    assert git("-C", str(loopback.repository), "rev-parse", "main^").decode().strip() == theirs


def test_a_publish_lands_on_top_of_another_publishers_commit(loopback: Loopback) -> None:
    loopback.publish(OLD)
    loopback.publish({**OLD, "templates/other.yaml": b"Resources: {}\n"})
    loopback.publish(NEW)
    assert loopback.files() == NEW
    assert loopback.commits == 3


def test_files_of_others_are_listed_and_left_alone(loopback: Loopback) -> None:
    loopback.publish(OLD)
    commit_file(loopback.repository, "README.md", b"ours\n")
    commit_file(loopback.repository, "templates/trail.yaml", b"edited by hand\n")
    before = loopback.head
    with pytest.raises(OutsideError, match=r"did not write: `README.md`, `templates/trail.yaml`"):
        loopback.publish(NEW)
    assert loopback.head == before


def test_files_of_others_are_removed_when_told_to(loopback: Loopback) -> None:
    loopback.publish(OLD)
    commit_file(loopback.repository, "README.md", b"ours\n")
    report = loopback.publish(NEW, foreign=Foreign.REMOVE)
    assert loopback.files() == NEW
    assert "files that others wrote are replaced or removed: README.md" in report


def test_an_edit_of_a_file_of_the_package_cannot_be_kept(loopback: Loopback) -> None:
    loopback.publish(OLD)
    commit_file(loopback.repository, "templates/trail.yaml", b"edited by hand\n")
    with pytest.raises(OutsideError, match=r"cannot be kept.*`templates/trail.yaml`"):
        loopback.publish(NEW, foreign=Foreign.KEEP)


def test_after_the_printed_rollback_the_old_package_is_back_and_publishing_goes_on(loopback: Loopback, tmp_path: Path) -> None:
    loopback.publish(OLD)
    report = loopback.publish(NEW)
    revert = next(line for line in report.splitlines() if "git revert" in line)
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(loopback.repository), str(clone))
    git("-C", str(clone), *revert.split()[1:])
    git("-C", str(clone), "push", "--quiet", "origin", "HEAD:main")
    assert loopback.files() == OLD
    loopback.publish({**NEW, "templates/mended.yaml": b"Resources: {}\n"})
    assert "templates/mended.yaml" in loopback.files()


def test_an_amended_commit_of_ours_does_not_pass_a_strangers_file_for_ours(loopback: Loopback, tmp_path: Path) -> None:
    loopback.publish(OLD)
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(loopback.repository), str(clone))
    (clone / "notes.txt").write_text("mine")
    git("-C", str(clone), "add", "notes.txt")
    git("-C", str(clone), "commit", "--quiet", "--amend", "--no-edit")
    git("-C", str(clone), "push", "--quiet", "--force", "origin", "main")
    with pytest.raises(OutsideError, match="did not write"):
        loopback.publish(NEW)


def test_the_message_names_inputs_rules_and_version(loopback: Loopback) -> None:
    loopback.publish(OLD)
    message = git("-C", str(loopback.repository), "log", "-1", "--format=%B").decode()
    assert message.startswith("Publish 1 policies and 2 stacks of o-exampleorg1\n")
    assert (
        "\nCfctgen-Input: landing-zone.yaml sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\n" in message
    )
    assert "\nCfctgen-Rules: cfctgen 1\n" in message


def test_the_author_is_the_aws_identity_without_a_git_configuration(loopback: Loopback) -> None:
    loopback.publish(OLD)
    author = git("-C", str(loopback.repository), "log", "-1", "--format=%an <%ae> %ct").decode().strip()
    assert author == "jane@example.com <jane@example.com> 1800000100"


def test_the_users_hooks_filters_and_line_endings_do_not_touch_the_push(loopback: Loopback, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-push").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-push").chmod(0o755)
    configuration = tmp_path / "gitconfig"
    configuration.write_text(
        f"[core]\nhooksPath = {hooks}\nautocrlf = input\neol = crlf\n[commit]\ngpgSign = true\n[push]\ngpgSign = true\n"
        "[user]\nname = Jane\nemail = jane@example.org\n[credential]\nhelper = !exit 1\n"
    )
    loopback.environ["GIT_CONFIG_GLOBAL"] = str(configuration)
    loopback.publish(OLD)
    assert loopback.files() == OLD
    assert git("-C", str(loopback.repository), "log", "-1", "--format=%an %ae") == b"Jane jane@example.org\n"


def test_a_dry_run_shows_the_diff_and_touches_nothing(loopback: Loopback) -> None:
    loopback.publish(OLD)
    before = loopback.head
    report = loopback.publish(NEW, Options(dry_run=True))
    assert (
        "--- a/templates/trail.yaml\n+++ b/templates/trail.yaml\n@@ -1 +1 @@\n-Resources: {}\n+Resources: {Trail: {}}" in report
    )
    assert report.endswith("nothing was changed: dry run\n")
    assert loopback.head == before


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (Key(USER.identifier, "wrong"), "refused the credentials.*403"),
        (Key("AKIAUNKNOWNEXAMPLE00", "wrong"), "refused the credentials.*403"),
        (Key(SESSION.identifier, SESSION.secret, "stale"), "refused the credentials.*403"),
    ],
)
def test_wrong_credentials_get_one_line(loopback: Loopback, key: Key, problem: str) -> None:
    with pytest.raises(OutsideError, match=problem) as caught:
        loopback.publish(OLD, key=key)
    assert len(caught.value.problems) == 1
    assert "codecommit:GitPush" in caught.value.problems[0].remedy
    assert key.identifier not in str(caught.value)


def test_a_missing_repository_gets_one_line(loopback: Loopback) -> None:
    loopback.aws.errors["GetPipeline"] = "AccessDeniedException"
    with pytest.raises(OutsideError, match="CodeCommit repository `missing` does not exist\n  fix: check the name"):
        loopback.publish(OLD, Options(repository="missing"))


def test_a_missing_branch_gets_one_line_with_those_that_exist(loopback: Loopback) -> None:
    loopback.publish(OLD)
    loopback.aws.errors["GetPipeline"] = "AccessDeniedException"
    with pytest.raises(OutsideError, match="has no branch `release`, but `main`"):
        loopback.publish(NEW, Options(branch="release"))


def test_no_network_gets_one_line(loopback: Loopback) -> None:
    loopback.environ["CODE_COMMIT_ENDPOINT"] = "127.0.0.1:1"
    with pytest.raises(OutsideError, match=r"cannot be reached: .*127\.0\.0\.1"):
        loopback.publish(OLD)


def test_an_untrusted_certificate_is_named(loopback: Loopback) -> None:
    loopback.environ["GIT_SSL_CAINFO"] = "/etc/hostname"
    with pytest.raises(OutsideError, match="certificate"):
        loopback.publish(OLD)


def test_a_machine_without_git_is_told_to_install_it(loopback: Loopback) -> None:
    loopback.environ["PATH"] = "/nowhere"
    with pytest.raises(OutsideError, match="git is not on the PATH"):
        loopback.publish(OLD)


class _ProcessList(threading.Event):
    """Looks at every process's arguments while the server holds a push."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = ""

    def wait(self, timeout: float | None = None) -> bool:
        done = subprocess.run(["ps", "-Aww", "-o", "args="], check=True, capture_output=True, text=True, timeout=timeout)  # noqa: S607
        self.seen += done.stdout
        return True


def test_no_secret_is_said_stored_or_shown_in_the_process_list(loopback: Loopback) -> None:
    processes = _ProcessList()
    loopback.codecommit.before_push = [processes]
    report = loopback.publish(OLD, key=SESSION)
    assert f"git remote-https https://{loopback.codecommit.endpoint}/v1/repos/" in processes.seen
    kept = b"".join(path.read_bytes() for path in loopback.repository.rglob("*") if path.is_file()).decode(errors="replace")
    log = git("-C", str(loopback.repository), "log", "-p").decode()
    given = loopback.codecommit.passwords
    assert given
    for text in (report, kept, log, processes.seen, *loopback.said):
        assert not [secret for secret in (*SECRETS, *given) if secret in text]


@pytest.mark.parametrize(
    "url",
    [
        "https://jane:hunter2@example.com/repository.git",
        "https://hunter2@example.com/repository.git",
        "HTTP://hunter2@example.com/repository.git",
        "ssh://git:hunter2@example.com/repository.git",
        "https://hunter2@[x/repository.git",
        "codecommit://hunter2@repository",
    ],
)
def test_a_secret_in_the_url_of_a_remote_is_refused_and_not_repeated(loopback: Loopback, url: str) -> None:
    with pytest.raises(InputError) as caught:
        loopback.publish(OLD, Options(To.GIT, remote=url))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "configuration",
    [
        "[grep]\npatternType = fixed\n",
        "[grep]\npatternType = perl\n",
        "[i18n]\nlogOutputEncoding = UTF-16\ncommitEncoding = ISO-8859-1\n",
        "[push]\npushOption = ci.skip\n",
        "[log]\nshowSignature = true\n",
        "[init]\ndefaultObjectFormat = sha256\n",
        "[color]\nui = always\n[push]\ndefault = nothing\n[fetch]\nprune = true\n",
    ],
)
def test_a_users_configuration_does_not_change_what_is_published(loopback: Loopback, tmp_path: Path, configuration: str) -> None:
    loopback.publish(OLD)
    commit_file(loopback.repository, "x.md", b"x")
    (tmp_path / "gitconfig").write_text(configuration)
    loopback.environ.update(GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"), GIT_DEFAULT_HASH="sha256")
    loopback.publish(NEW, foreign=Foreign.KEEP)
    assert loopback.files() == {**NEW, "x.md": b"x"}


def test_file_names_that_do_not_print_are_shown_with_escapes_and_kept_as_they_are(loopback: Loopback) -> None:
    loopback.publish(OLD)
    stream = (
        b"commit refs/heads/main\ncommitter S <s@e> 1800000000 +0000\ndata 1\nxfrom refs/heads/main^0\n"
        b'M 100644 inline "caf\\351.txt"\ndata 1\nx\nM 100644 inline "a\\033[31mb\\nc"\ndata 1\nx\ndone\n'
    )
    git("-C", str(loopback.repository), "fast-import", "--quiet", stdin=stream)
    with pytest.raises(OutsideError) as caught:
        loopback.publish(NEW)
    assert r"`a\x1b[31mb\x0ac`, `caf\xe9.txt`" in str(caught.value)
    report = loopback.publish(NEW, foreign=Foreign.KEEP)
    assert r"nobody checked them: a\x1b[31mb\x0ac, caf\xe9.txt" in report
    listed = git("-C", str(loopback.repository), "ls-tree", "-r", "-z", "--name-only", "main").split(b"\0")
    assert {b"caf\xe9.txt", b"a\x1b[31mb\nc"} < set(listed)
    assert loopback.publish(NEW, foreign=Foreign.KEEP).startswith("unchanged: ")
    report = loopback.publish(NEW, foreign=Foreign.REMOVE)
    assert report.isascii()
    assert "\x1b" not in report
    assert loopback.files() == NEW
    assert r"other files: removed a\x1b[31mb\x0ac" in git("-C", str(loopback.repository), "log", "-1", "--format=%B").decode()
