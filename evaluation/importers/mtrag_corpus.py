"""MTRAG's corpora, and the ids by which judgements name their passages."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import AliasChoices, Field

from evaluation.importers.beir import CorpusLine
from evaluation.importers.lines import iter_objects
from evaluation.importers.writer import SetWriter
from evaluation.json_lines import parse_as

# A passage's id is its document's, and where in it the passage begins and ends.
_OFFSETS = re.compile(r"-\d+-\d+$")


class PassageLine(CorpusLine):
    """As in BEIR; the corpora differ in how they name the id."""

    id: str = Field(validation_alias=AliasChoices("_id", "id", "document_id"), min_length=1)


def add_passages(file: Path, writer: SetWriter) -> None:
    """Every passage, one at a time."""
    for place, value in iter_objects(file):
        writer.add_document(parse_as(PassageLine, value, place).document())


def find_passage(passage_id: str, writer: SetWriter) -> str | None:
    """The path of the passage, else of the document that its id says it was cut from."""
    found = writer.find_document(passage_id)
    whole_id = _OFFSETS.sub("", passage_id)
    return found if found or whole_id == passage_id else writer.find_document(whole_id)
