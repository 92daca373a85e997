from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from ingest.parsers.contract import UnsupportedFormat
from ingest.parsers.registry import ENTRY_POINT_GROUP, parser_for, supported_suffixes


@pytest.mark.parametrize("name", sorted(entry_points(group=ENTRY_POINT_GROUP).names))
def test_every_registered_parser_loads_and_is_found_by_its_suffixes_and_types(name: str) -> None:
    (entry,) = entry_points(group=ENTRY_POINT_GROUP, name=name)
    parser = entry.load()

    assert parser.suffixes
    assert parser.mime_types
    for suffix in parser.suffixes:
        assert suffix == suffix.lower()
        assert suffix.startswith(".")
        assert type(parser_for(f"Some.File{suffix.upper()}", mime=None)) is parser
    for mime in parser.mime_types:
        assert type(parser_for("no-ending", mime=f"{mime}; charset=utf-8")) is parser


def test_the_suffix_counts_for_more_than_the_type() -> None:
    assert type(parser_for("a.md", mime="text/plain")).__name__ == "MarkdownParser"
    assert type(parser_for("a.unknown", mime="text/x-python")).__name__ == "TextParser"


@pytest.mark.parametrize(
    ("filename", "mime", "advice"),
    [
        ("a.doc", "application/msword", "save it as .docx"),
        ("a.PPT", None, "save it as .pptx"),
        ("scan.png", "image/png", "text layer"),
        ("a.7z", "application/x-7z-compressed", "store them as .zip"),
        ("a.xyz", None, "“.xyz” files. Supported: .csv, "),
        ("README", None, "without a name ending"),
        ("README", "application/octet-stream", "of type application/octet-stream"),
    ],
)
def test_what_is_not_supported_is_said_with_what_to_do(
    filename: str, mime: str | None, advice: str
) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        parser_for(filename, mime=mime)

    assert advice in caught.value.detail


def test_the_formats_of_this_release_are_supported() -> None:
    wanted = ".csv .docx .eml .epub .htm .html .json .md .pdf .pptx .tsv .txt .xls .xlsx"

    assert set(wanted.split()) <= set(supported_suffixes())


def test_text_and_markdown_import_no_heavy_library() -> None:
    script = """
import sys, tempfile, pathlib
from ingest.parsers.registry import parser_for
for name in ("a.txt", "a.md", "a.csv", "a.json", "a.html", "a.eml"):
    path = pathlib.Path(tempfile.mkdtemp(), name)
    path.write_text('{"a": 1}' if name == "a.json" else "Subject: x\\n\\nSome text")
    parser_for(name, mime=None).parse(path)
heavy = {"torch", "pandas", "numpy", "docx", "pptx", "openpyxl", "oxmsg"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr
