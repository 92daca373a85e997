from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import evaluation.code_version
from evaluation.code_version import code_version


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ana", "-c", "user.email=ana@acme.test"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that the code seems to come from."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    _git(folder, "init", "--quiet")
    (folder / "code.py").write_text("")
    _git(folder, "add", ".")
    _git(folder, "commit", "--quiet", "--message", "first")
    monkeypatch.setattr(evaluation.code_version, "_ROOT", folder)
    return folder


def test_checkout_is_named_by_its_commit(checkout: Path) -> None:
    version = code_version()
    assert version.commit == _git(checkout, "rev-parse", "HEAD")
    assert version.is_dirty is False


def test_changed_file_makes_a_checkout_dirty(checkout: Path) -> None:
    (checkout / "code.py").write_text("changed")
    assert code_version().is_dirty is True


def test_package_inside_somebody_elses_repository_has_no_commit(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site_packages = checkout / "site-packages"
    site_packages.mkdir()
    monkeypatch.setattr(evaluation.code_version, "_ROOT", site_packages)
    assert code_version().commit is None
    assert code_version().package
