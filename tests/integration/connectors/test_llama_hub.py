"""LlamaIndex readers as sources: what names their documents, what changes, what goes wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.readers.base import BaseReader
from llama_index.core.schema import Document
from pydantic import ValidationError

from connectors.conformance.listed import Listed
from connectors.context import ConnectorContext
from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentRef,
    ListingEnd,
    ListingItem,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.llama_hub.config import LlamaHubConfig, LlamaHubCredentials
from connectors.llama_hub.connector import LlamaHubConnector
from connectors.llama_hub.reader import load_reader_type, without_secrets
from connectors.registry import validated_credentials
from ingest.parsers.registry import parser_for
from tests.integration.connectors.llama_hub_readers import MODULE, ListReader, install

_SECRET = "s3cr/t & more"
_RANDOM_ID = "01029c58-670e-446b-88ef-923771eefc21"


@pytest.fixture(autouse=True)
def _readers(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def connect(
    cache: Path,
    *documents: dict[str, Any],
    reader: str = f"{MODULE}.LazyListReader",
    token: str | None = None,
    **fields: Any,
) -> LlamaHubConnector:
    fields.setdefault("init", {"documents": list(documents)})
    config = LlamaHubConfig.model_validate({"reader": reader, **fields})
    credentials = token and LlamaHubCredentials.model_validate({"init": {"token": token}})
    context = ConnectorContext(source_id="s", cache_dir=cache)
    return LlamaHubConnector.open(config, credentials or None, context)


def list_all(connector: LlamaHubConnector) -> list[DocumentRef]:
    return list(Listed.of(connector.discover(None)).documents.values())


def read(connector: LlamaHubConnector, reference: DocumentRef) -> str:
    with connector.fetch(reference) as file:
        return file.read_text()


def page(number: int, text: str) -> dict[str, Any]:
    return {"text": text, "metadata": {"file_path": "/data/a.pdf", "page_label": str(number)}}


def test_ids_that_the_reader_sets_name_the_documents(cache: Path) -> None:
    connector = connect(cache, {"id_": "notes/1", "text": "One"}, {"doc_id": "2", "text": "Two"})
    first, second = list_all(connector)
    assert (first.external_id, first.path, first.mime) == ("notes/1", "notes/1.md", "text/markdown")
    assert second.external_id == "2"
    assert first.acl is None
    assert read(connector, first) == "One"


@pytest.mark.parametrize("fields", [{}, {"id_": _RANDOM_ID}])
def test_random_ids_are_refused_with_what_to_name_instead(
    cache: Path, fields: dict[str, Any]
) -> None:
    connector = connect(cache, {"text": "x", "metadata": {"page_id": "p", "space": "s"}, **fields})
    for use in (connector.check, lambda: list(connector.discover(None))):
        with pytest.raises(SourceMisconfigured, match=r"id_metadata.*page_id, space"):
            use()


def test_ids_that_only_look_random_can_be_declared_stable(cache: Path) -> None:
    connector = connect(cache, {"id_": _RANDOM_ID, "text": "x"}, has_stable_ids=True)
    assert [item.external_id for item in list_all(connector)] == [_RANDOM_ID]


def test_named_metadata_are_the_id(cache: Path) -> None:
    documents = [{"text": "x", "metadata": {"a": a, "b": b}} for a, b in [("1#1", 2), ("1", "1#2")]]
    references = list_all(connect(cache, *documents, id_metadata=["a", "b"]))
    assert [item.external_id for item in references] == ["1%231#2", "1#1%232"]


def test_document_without_the_named_metadata_is_refused(cache: Path) -> None:
    documents = [{"text": "x", "metadata": {"a": "1"}}, {"text": "y", "metadata": {"b": "1"}}]
    with pytest.raises(SourceMisconfigured, match=r"no a, which id_metadata names.* has: b\."):
        list_all(connect(cache, *documents, id_metadata=["a"]))


def test_pages_of_a_file_are_documents_whose_names_say_that_they_are_text(cache: Path) -> None:
    references = list_all(connect(cache, page(1, "One"), page(2, "Two"), text_format="text"))
    assert [item.external_id for item in references] == ["/data/a.pdf#1", "/data/a.pdf#2"]
    assert {(item.path, item.mime) for item in references} == {("data/a.pdf.txt", "text/plain")}


def test_neighbours_with_the_same_id_are_parts_of_one_document(cache: Path) -> None:
    connector = connect(cache, page(1, "One"), page(2, "Two"), id_metadata=["file_path"])
    (reference,) = list_all(connector)
    assert read(connector, reference) == "One\n\nTwo"


def test_two_different_documents_with_one_id_are_refused(cache: Path) -> None:
    one, other = {"id_": "1", "text": "x"}, {"id_": "2", "text": "y"}
    assert len(list_all(connect(cache, one, other, one))) == 2
    with pytest.raises(SourceMisconfigured, match="Two documents have the id '1'"):
        list_all(connect(cache, one, other, {"id_": "1", "text": "z"}))


def test_title_and_address_come_from_the_metadata(cache: Path) -> None:
    title = 'Rates: "new" 📄'
    metadata = {"title": title, "url": "https://wiki.acme.test/1"}
    connector = connect(cache, {"id_": "1", "text": "# One\n\nText", "metadata": metadata})
    (reference,) = list_all(connector)
    assert reference.uri == "https://wiki.acme.test/1"
    with connector.fetch(reference) as file:
        parsed = parser_for(reference.path, mime=reference.mime).parse(file)
    assert parsed.title == title
    assert [block.text for block in parsed.blocks] == ["One", "Text"]


def test_revision_follows_text_and_metadata_but_not_what_is_ignored(cache: Path) -> None:
    def revision(**metadata: Any) -> str:
        (reference,) = list_all(connect(cache, {"id_": "1", "text": "x", "metadata": metadata}))
        return reference.revision

    assert revision(a=1, last_accessed_date="now") == revision(last_accessed_date="later", a=1)
    assert revision(a=1) != revision(a=2)


@pytest.mark.parametrize("reader", ["ListReader", "LazyListReader"])
def test_failure_half_way_ends_the_listing_without_a_conclusion(cache: Path, reader: str) -> None:
    documents = [{"id_": "1", "text": "x"}, {"id_": "2", "text": "FAIL"}]
    connector = connect(cache, *documents, reader=f"{MODULE}.{reader}", token=_SECRET)
    items: list[ListingItem] = []
    with pytest.raises(
        SourceUnavailable, match=r"ConnectionError: GET /\?key=\*\*\* ref"
    ) as caught:
        items.extend(connector.discover(None))
    assert not any(isinstance(item, ListingEnd) for item in items)
    shown = "".join(traceback.format_exception(caught.value))
    assert _SECRET not in shown
    assert "body of the answer" not in shown
    assert caught.value.__context__ is None


def test_secret_is_starred_out_however_it_is_written() -> None:
    said = "a s3cr/t & more, s3cr%2Ft%20%26%20more, s3cr%2Ft+%26+more"
    assert without_secrets(said, [_SECRET, "", "s3cr"]) == "a ***, ***, ***"


def test_constructor_that_refuses_its_arguments_is_a_misconfiguration(cache: Path) -> None:
    connector = connect(cache, token="malformed")
    with pytest.raises(SourceMisconfigured, match=r"ValueError: \*\*\* is no token"):
        connector.check()


def test_credentials_are_secret_and_cannot_contradict_the_configuration(cache: Path) -> None:
    stored = validated_credentials("llama_hub", {"init": {"token": _SECRET}})
    assert json.loads(json.dumps(stored)) == {"init": {"token": _SECRET}}
    assert _SECRET not in repr(LlamaHubCredentials.model_validate(stored))
    with pytest.raises(SourceMisconfigured, match=r"init\.token"):
        connect(cache, init={"token": "x"}, token=_SECRET)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"init": {"no_such": 1}}, "'init'.*documents"),
        ({"init": {"documents": [], "no_such": 1}}, "'init'.*no_such"),
        ({"reader": f"{MODULE}.TextReader", "init": {}}, "str objects"),
        ({"reader": f"{MODULE}.Missing"}, "no reader Missing"),
        (
            {"reader": "llama_index.readers.no_such.Reader"},
            "pip install llama-index-readers-no-suc",
        ),
        # Importable, and no reader of this package.
        ({"reader": f"{MODULE}.SimpleDirectoryReader"}, "no reader SimpleDirectoryReader"),
        ({"reader": f"{MODULE}.BaseReader"}, "no reader BaseReader"),
        ({"reader": "llama_index.readers.json.base.json.JSONDecoder"}, "cannot be imported"),
        ({"reader": "llama_index.readers.json.base.Document"}, "no reader Document"),
    ],
)
def test_reader_that_cannot_be_used_so_is_a_misconfiguration(
    cache: Path, fields: dict[str, Any], reason: str
) -> None:
    connector = connect(cache, **fields)
    for use in (connector.check, lambda: list(connector.discover(None))):
        with pytest.raises(SourceMisconfigured, match=reason):
            use()


@pytest.mark.parametrize(
    "reader",
    [
        "os.system",
        "x",
        "llama_index.core.SimpleDirectoryReader",
        "llama_index.readers",
        "llama_index.readers..JSONReader",
        "llama_index.readers.json.JSONReader;x",
    ],
)
def test_only_readers_packages_may_be_named(reader: str) -> None:
    with pytest.raises(ValidationError, match="reader"):
        LlamaHubConfig(reader=reader)
    with pytest.raises(SourceMisconfigured):
        load_reader_type(reader)


def test_emptied_cache_is_filled_by_one_run_of_the_reader(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(number) for number in range(8)]
    connector = connect(cache, *({"id_": name, "text": f"text {name}"} for name in names))
    references = list_all(connector)
    shutil.rmtree(cache)
    runs: list[int] = []
    read_all = ListReader._iter

    def count_and_read(reader: ListReader) -> Iterator[Document]:
        runs.append(1)
        return read_all(reader)

    monkeypatch.setattr(ListReader, "_iter", count_and_read)
    everyone_is_in = threading.Barrier(4)

    def read_together(reference: DocumentRef) -> str:
        with connector.fetch(reference) as file:
            everyone_is_in.wait(timeout=20)
            return file.read_text()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read_together, references)) == [f"text {name}" for name in names]
    assert len(runs) == 1


def test_texts_that_are_no_longer_listed_are_deleted(cache: Path) -> None:
    list_all(connect(cache, {"id_": "1", "text": "x"}, {"id_": "2", "text": "y"}))
    list_all(connect(cache, {"id_": "2", "text": "y"}))
    assert len(list((cache / "texts").iterdir())) == 1


def test_earlier_checkpoint_has_expired(cache: Path) -> None:
    with pytest.raises(CheckpointExpired):
        list(connect(cache).discover(Checkpoint("1")))


class TestJsonReader:
    """A published reader, from its own package."""

    reader = "llama_index.readers.json.JSONReader"

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "rates.jsonl"
        path.write_text('{"hotel": "Lisbon", "limit": 140}\n{"hotel": "Rome", "limit": 150}\n')
        return path

    def _connect(self, cache: Path, file: Path, **extra_info: str) -> LlamaHubConnector:
        load = {"input_file": str(file), "extra_info": extra_info}
        return connect(cache, reader=self.reader, init={"is_jsonl": True}, load=load)

    def test_its_random_ids_are_refused(self, cache: Path, file: Path) -> None:
        with pytest.raises(SourceMisconfigured, match="no metadata at all"):
            self._connect(cache, file).check()

    def test_it_becomes_a_source_with_changes(self, cache: Path, file: Path) -> None:
        connector = self._connect(cache, file, file_path="rates")
        connector.check()
        listed = Listed.of(connector.discover(None))
        before = listed.at("rates.md")
        assert listed.coverage is Coverage.EVERYTHING
        assert read(connector, before) == (
            '"hotel": "Lisbon",\n"limit": 140\n\n"hotel": "Rome",\n"limit": 150'
        )
        file.write_text('{"hotel": "Lisbon", "limit": 145}\n')
        (after,) = list_all(connector)
        assert after.external_id == before.external_id
        assert after.revision != before.revision

    def test_missing_file_is_a_misconfiguration(self, cache: Path, tmp_path: Path) -> None:
        connector = self._connect(cache, tmp_path / "missing.jsonl", file_path="rates")
        with pytest.raises(SourceMisconfigured, match="FileNotFoundError"):
            list(connector.discover(None))


def test_importing_the_connector_writes_nothing_and_asks_nobody() -> None:
    """LlamaIndex used to download tokenizers' data when it was imported."""
    script = """
import sys
found = []

def watch(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"}:
        found.append(event)
    is_open = event == "open" and isinstance(args[1], str)
    if event == "os.mkdir" or (is_open and args[1][0] in "wax"):
        found.append(str(args[0]))

sys.dont_write_bytecode = True
sys.addaudithook(watch)
import connectors.llama_hub.connector
heavy = {"nltk", "torch", "transformers", "pandas", "openai"} & set(sys.modules)
print(found, sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "[] []", done.stderr


def test_module_of_the_tests_is_a_reader_like_any_other() -> None:
    assert issubclass(load_reader_type(f"{MODULE}.ListReader"), BaseReader)
