"""Bad input, one document at a time: each a recorded failure with a reason, and the run goes on."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from tests.integration.conftest import RunningVouch

_GIB = 1024**3


def _pdf(path: Path, **options: object) -> None:
    canvas = Canvas(str(path), **options)
    canvas.drawString(72, 720, "Badges are renewed every three years.")
    canvas.save()


def _bad_folder(folder: Path) -> None:
    (folder / "empty.txt").touch()
    _pdf(folder / "whole.pdf")
    whole = (folder / "whole.pdf").read_bytes()
    (folder / "truncated.pdf").write_bytes(whole[: len(whole) // 3])
    _pdf(folder / "encrypted.pdf", encrypt=StandardEncryption("secret", canPrint=0))
    with zipfile.ZipFile(folder / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (600 * 1024**2))
    with (folder / "sparse.txt").open("wb") as file:
        file.truncate(2 * _GIB)
    (folder / "latin.txt").write_bytes(bytes(range(128, 256)) * 40)
    (folder / "loop").symlink_to(folder)
    (folder / "outside.txt").symlink_to("/etc/hostname")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("Not readable by name.")
    (folder / "good.txt").write_text("The good file says that badges are blue.")


def test_every_bad_document_is_a_recorded_failure_and_the_good_ones_are_indexed(
    vouch: RunningVouch, docs: Path
) -> None:
    _bad_folder(docs)
    source = vouch.register(docs)
    run = vouch.sync(source)
    failures = vouch.failures(source)
    assert run["state"] == "succeeded"
    assert {path: failure["code"] for path, failure in failures.items()} == {
        "empty.txt": "no_text_found",
        "truncated.pdf": "parse_error",
        "encrypted.pdf": "encrypted_document",
        "bomb.docx": "document_too_large",
        "sparse.txt": "file_too_large",
        "latin.txt": "parse_error",
        "loop": "symbolic_link",
        "outside.txt": "symbolic_link",
        "caf\\xe9.txt": "name_not_utf8",
    }
    assert all(failure["detail"] for failure in failures.values())
    assert (run["added"], run["failed"]) == (2, 9)
    assert set(vouch.found_paths("badges")) == {"good.txt", "whole.pdf"}


def test_file_that_vanishes_after_the_listing_is_a_recorded_failure(
    vouch: RunningVouch, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.filesystem.connector import FilesystemConnector

    (docs / "gone.txt").write_text("Soon gone.")
    (docs / "stays.txt").write_text("Here to stay.")
    fetch = FilesystemConnector.fetch

    def fetch_after_deletion(self: FilesystemConnector, ref: object) -> object:
        (docs / "gone.txt").unlink(missing_ok=True)
        return fetch(self, ref)  # type: ignore[arg-type]

    monkeypatch.setattr(FilesystemConnector, "fetch", fetch_after_deletion)
    source = vouch.register(docs)
    run = vouch.sync(source)
    assert (run["added"], run["failed"]) == (1, 1)
    assert vouch.failures(source)["gone.txt"]["code"] == "document_vanished"
    assert vouch.found_paths("stay") == ["stays.txt"]
