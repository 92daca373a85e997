"""Files inside files: they come, change and go with the document that holds them."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from core.catalog.models import Document
from ingest.parsing import ParsingSandbox, ParsingTimedOut
from tests.integration.conftest import RunningVouch
from tests.integration.ingest.scripted import World


def archive(**files: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            # Packed anew, a file keeps its date.
            file.writestr(zipfile.ZipInfo(name.replace("__", "/") + ".txt"), content)
    return buffer.getvalue()


def mail(body: str, **attachments: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Whale survey"
    message["From"] = "ana@acme.test"
    message["To"] = "ben@acme.test"
    message.set_content(body)
    for name, content in attachments.items():
        message.add_attachment(content.encode(), "text", "plain", filename=f"{name}.txt")
    return message.as_bytes()


def documents(vouch: RunningVouch) -> dict[str, Document]:
    with vouch.embedded.services.database.read() as session:
        return {document.path: document for document in session.scalars(select(Document))}


def test_files_of_an_archive_are_found_each_by_itself(
    vouch: RunningVouch, world: World, source: str
) -> None:
    world.put("q3.zip", archive(whales="Forty whales.", deep__seals="Nine seals."))
    run = vouch.sync(source)
    assert (run["state"], run["added"], run["seen"], run["failed"]) == ("succeeded", 3, 3, 0)
    assert run["processed"] == run["to_process"] == 3
    assert vouch.found_paths("how many seals")[0] == "q3.zip/deep/seals.txt"
    rows = documents(vouch)
    assert rows["q3.zip/whales.txt"].parent_id == rows["q3.zip"].id
    assert rows["q3.zip/whales.txt"].is_unpacked


def test_attachments_of_a_mail_are_documents(
    vouch: RunningVouch, world: World, source: str
) -> None:
    world.put("survey.eml", mail("The survey is attached.", report="Forty whales were seen."))
    assert vouch.sync(source)["added"] == 2
    assert vouch.found_paths("how many whales were seen")[0] == "survey.eml/report.txt"


def test_unchanged_archive_is_not_opened_and_a_changed_one_embeds_only_what_changed(
    vouch: RunningVouch, world: World, source: str
) -> None:
    world.put("q3.zip", archive(whales="Forty whales.", seals="Nine seals."))
    vouch.sync(source)
    assert vouch.sync(source, scope="everything")["to_process"] == 0
    world.put("q3.zip", archive(whales="Fifty whales.", seals="Nine seals.", otters="Two otters."))
    run = vouch.sync(source)
    assert (run["added"], run["changed"], run["deleted"]) == (1, 2, 0)
    assert "Fifty" in _text(vouch, "q3.zip/whales.txt")
    world.put("q3.zip", archive(whales="Fifty whales."))
    run = vouch.sync(source)
    assert run["deleted"] == 2
    assert set(documents(vouch)) == {"q3.zip", "q3.zip/whales.txt"}
    assert vouch.found_paths("two otters nine seals") == ["q3.zip/whales.txt", "q3.zip"]


def test_deleted_archive_takes_its_files_along(
    vouch: RunningVouch, world: World, source: str
) -> None:
    world.put("q3.zip", archive(whales="Forty whales."))
    world.put("other.txt", "Nine seals.")
    vouch.sync(source)
    world.delete("q3.zip")
    assert vouch.sync(source)["deleted"] == 2
    assert set(documents(vouch)) == {"other.txt"}
    assert vouch.found_paths("forty whales") == ["other.txt"]


def test_access_to_an_archive_is_access_to_its_files_without_opening_it_again(
    vouch: RunningVouch, world: World, source: str
) -> None:
    world.acls["q3.zip"] = ("user:ana@acme.test",)
    world.put("q3.zip", archive(whales="Forty whales."))
    vouch.sync(source)
    assert vouch.found_paths("whales", user="ben@acme.test") == []
    world.acls["q3.zip"] = ("user:ben@acme.test",)
    world.log.append("q3.zip")
    world.fetched.clear()
    assert vouch.sync(source)["access_changed"] == 1
    assert world.fetched == []
    assert vouch.found_paths("whales") == []
    assert "q3.zip/whales.txt" in vouch.found_paths("whales", user="ben@acme.test")


def test_file_that_cannot_be_read_is_recorded_and_loses_no_other(
    vouch: RunningVouch, world: World, source: str
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("broken.pdf", b"no pdf at all")
        file.writestr("../../escape.txt", b"out")
        file.writestr("whales.txt", b"Forty whales.")
    world.put("q3.zip", buffer.getvalue())
    run = vouch.sync(source)
    assert (run["state"], run["added"], run["failed"]) == ("succeeded", 2, 2)
    failures = vouch.failures(source)
    assert {failure["code"] for failure in failures.values()} == {"parse_error", "unsafe_name"}
    assert "q3.zip/broken.pdf" in failures
    # Nothing about them has changed, so they are left in peace.
    assert vouch.sync(source, scope="everything")["to_process"] == 0


def test_failed_file_of_an_unchanged_archive_is_tried_again_when_asked(
    vouch: RunningVouch, world: World, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("q3.zip", archive(whales="Forty whales.", seals="Nine seals."))
    parse = ParsingSandbox.parse

    def refuse_seals(self: ParsingSandbox, path: Any, *, filename: str, mime: Any) -> Any:
        if filename == "seals.txt":
            raise ParsingTimedOut("Too slow.")
        return parse(self, path, filename=filename, mime=mime)

    with monkeypatch.context() as patch:
        patch.setattr(ParsingSandbox, "parse", refuse_seals)
        assert vouch.sync(source)["failed"] == 1
    run = vouch.sync(source, scope="failures")
    assert (run["added"], run["failed"]) == (1, 0)
    assert vouch.found_paths("nine seals")[0] == "q3.zip/seals.txt"
    assert vouch.failures(source) == {}


def _text(vouch: RunningVouch, path: str) -> str:
    document = documents(vouch)[path]
    return str(vouch.admin.get(f"/v1/documents/{document.id}")["text"])
