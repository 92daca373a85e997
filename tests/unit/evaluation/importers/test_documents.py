"""What an importer writes, our parsers read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.importers.documents import ImportedDocument, file_content, file_suffix
from ingest.parsers.registry import parser_for

_TEXTS = {
    "marks": "# no heading\n* no list *bold* _x_ <b>&amp;</b> `code`\n1. one",
    "spaces": "two  spaces\n\n\nand a paragraph",
    "controls": "a\x00b\x0bc",
    "scripts": "中文 und Österreich 🎉 \u200d",
}


@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
def test_titled_text_is_read_back_word_for_word(text: str, tmp_path: Path) -> None:
    document = ImportedDocument(id="d", title='A <title> & "more"', text=text)
    file = tmp_path / f"d{file_suffix(document)}"
    file.write_text(file_content(document), "utf-8")
    parsed = parser_for(file.name, mime=None).parse(file)
    heading, *rest = parsed.blocks
    assert parsed.title == heading.text == 'A <title> & "more"'
    read = "".join(block.text for block in rest)
    assert "".join(read.split()) == "".join(text.replace("\x00", "").replace("\x0b", "").split())


def test_title_that_the_text_repeats_stands_there_once() -> None:
    document = ImportedDocument(id="d", title="Illinois", text="Illinois\nA state.\n")
    assert file_content(document).count("Illinois") == 2
    assert "<h1>Illinois</h1>\n<p>A state.</p>" in file_content(document)
