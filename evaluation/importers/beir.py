"""BEIR: a folder with `corpus.jsonl`, `queries.jsonl` and `qrels/SPLIT.tsv`.

Source: Thakur et al., NeurIPS 2021, Datasets and Benchmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from evaluation.importers.contract import ImportOptions
from evaluation.importers.documents import ImportedDocument
from evaluation.importers.judgements import Judgements, find_file, load_judgements
from evaluation.importers.lines import iter_objects
from evaluation.importers.writer import SetWriter
from evaluation.json_lines import parse_as
from evaluation.sets import Question

_TYPE = "lookup"
_DEFAULT_SPLIT = "test"


class CorpusLine(BaseModel):
    """A document as BEIR, and MTRAG after it, write it."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(alias="_id", min_length=1)
    title: str | None = None
    text: str

    def document(self) -> ImportedDocument:
        return ImportedDocument(id=self.id, title=self.title or "", text=self.text)


class QueryLine(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str = Field(alias="_id", min_length=1)
    text: str


class BeirImporter:
    """Documents that are judged relevant are alternatives: any of them suffices. Without `split`
    the only one is taken, else `test`; a query that it does not name is left out.
    """

    def import_set(self, path: Path, writer: SetWriter, options: ImportOptions) -> None:
        judgements = load_judgements(_split_file(path, options.split))
        queries = find_file(
            path, "*.jsonl*", wanted=options.queries or "queries", option="--queries"
        )
        corpus = options.corpus or find_file(path, "corpus.jsonl*", wanted=None, option="--corpus")
        add_corpus(corpus, writer)
        add_queries(queries, judgements, writer)


def add_corpus(file: Path, writer: SetWriter) -> None:
    """Every document of a JSON Lines file, one at a time."""
    for place, value in iter_objects(file):
        writer.add_document(parse_as(CorpusLine, value, place).document())


def add_queries(file: Path, judgements: Judgements, writer: SetWriter) -> None:
    """Every query that has a relevant document in the corpus."""
    asked = set()
    for place, value in iter_objects(file):
        query = parse_as(QueryLine, value, place)
        asked.add(query.id)
        gold = judged_gold(query.id, judgements, writer, find=_find_document)
        if not query.text.strip():
            writer.leave_out("question without text")
        elif gold:
            writer.add_question(
                Question(id=query.id, question=query.text.strip(), type=_TYPE, gold=gold)
            )
    leave_out_unasked(judgements, asked, writer)


def judged_gold(
    query_id: str,
    judgements: Judgements,
    writer: SetWriter,
    *,
    find: Callable[[str, SetWriter], str | None],
) -> tuple[str, ...]:
    """Paths of the query's relevant documents; where there is none, the writer is told why."""
    if query_id not in judgements.queries:
        writer.leave_out("question that the split does not name")
        return ()
    relevant = judgements.relevant.get(query_id, ())
    if not relevant:
        writer.leave_out("question without a relevant document")
        return ()
    found = [find(document, writer) for document in relevant]
    gold = tuple(dict.fromkeys(path for path in found if path is not None))
    if found.count(None):
        writer.leave_out(
            "judgement about a document that the corpus lacks", count=found.count(None)
        )
    if not gold:
        writer.leave_out("question whose relevant documents the corpus lacks")
    return gold


def _find_document(document_id: str, writer: SetWriter) -> str | None:
    return writer.find_document(document_id)


def leave_out_unasked(judgements: Judgements, asked: set[str], writer: SetWriter) -> None:
    """Count the queries that are judged and that the file of queries lacks."""
    unasked = len(judgements.queries - asked)
    if unasked:
        writer.leave_out("judged query that the queries lack", count=unasked)


def _split_file(path: Path, split: str | None) -> Path:
    folder = path / "qrels"
    if split is None and (folder / f"{_DEFAULT_SPLIT}.tsv").is_file():
        split = _DEFAULT_SPLIT
    return find_file(folder, "*.tsv", wanted=split, option="--split")
