"""The code's revision is the one git names, and a changed tree says that it is."""

import subprocess

import pytest

from engine.run.provenance import CHANGED, UNKNOWN, revision_of


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A working tree with one committed file; no setting of this machine or hook reaches it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file.py").write_text("a = 1\n")
    git(tmp_path, "add", "file.py")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def test_a_clean_tree_has_its_commit(tree):
    assert revision_of(tree) == git(tree, "rev-parse", "HEAD")


def test_a_tag_does_not_change_the_name(tree):
    git(tree, "tag", "-a", "v1", "-m", "one")
    assert revision_of(tree) == git(tree, "rev-parse", "HEAD")


def test_a_changed_file_is_said_and_an_untracked_one_is_not_code(tree):
    (tree / "notes.txt").write_text("new")
    assert CHANGED not in revision_of(tree)
    (tree / "file.py").write_text("a = 2\n")
    assert revision_of(tree) == git(tree, "rev-parse", "HEAD") + CHANGED


def test_a_hook_of_another_tree_does_not_divert_it(tree, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other")))
    commit = revision_of(tree)
    monkeypatch.delenv("GIT_DIR")
    assert commit == git(tree, "rev-parse", "HEAD")


def test_outside_git_and_in_a_folder_of_another_tree_it_is_unknown(tree, tmp_path_factory):
    (tree / "copy").mkdir()
    assert revision_of(tree / "copy") == UNKNOWN
    assert revision_of(tmp_path_factory.mktemp("plain")) == UNKNOWN
