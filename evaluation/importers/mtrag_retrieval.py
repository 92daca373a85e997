"""MTRAG's retrieval tasks: BEIR's form, with a conversation's turns as the query's lines."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import ConfigurationError
from evaluation.importers.beir import QueryLine, judged_gold, leave_out_unasked
from evaluation.importers.contract import ImportOptions
from evaluation.importers.judgements import Judgements, find_file, load_judgements
from evaluation.importers.lines import iter_objects
from evaluation.importers.mtrag_corpus import add_passages, find_passage
from evaluation.importers.writer import SetWriter
from evaluation.json_lines import Place, parse_as
from evaluation.sets import Question, Turn

# `|user|: …`, one turn a line; a line without a mark goes on with the turn above.
_MARK = re.compile(r"^\|(user|agent|assistant)\|:[^\S\n]*", re.MULTILINE)
_TYPE, _FOLLOW_UP = "lookup", "follow_up"


def import_retrieval_tasks(folder: Path, writer: SetWriter, options: ImportOptions) -> None:
    """One domain's folder: `DOMAIN_questions.jsonl` and its kin, with `qrels/dev.tsv`.

    Without `options.queries` the whole conversations are taken, `…_questions`, rather than the last
    turns or the rewritten ones. Raises ConfigurationError.
    """
    if options.corpus is None:
        raise ConfigurationError(
            "MTRAG's retrieval tasks come without their passages. Name the domain's corpus with "
            "--corpus, such as corpora/passage_level/clapnq.jsonl.zip."
        )
    pattern = "*.jsonl" if options.queries else "*_questions.jsonl"
    queries = find_file(folder, pattern, wanted=options.queries, option="--queries")
    split = find_file(folder / "qrels", "*.tsv", wanted=options.split, option="--split")
    judgements = load_judgements(split)
    add_passages(options.corpus, writer)
    asked = set()
    for place, value in iter_objects(queries):
        query = parse_as(QueryLine, value, place)
        asked.add(query.id)
        _add_query(query, place, judgements, writer)
    leave_out_unasked(judgements, asked, writer)


def _add_query(query: QueryLine, place: Place, judgements: Judgements, writer: SetWriter) -> None:
    *history, last = split_turns(query.text)
    if last.role != "user":
        raise place.error("text: the last turn must be the user's")
    gold = judged_gold(query.id, judgements, writer, find=find_passage)
    if not last.content:
        writer.leave_out("question without text")
    elif gold:
        writer.add_question(
            Question(
                id=query.id,
                question=last.content,
                type=_FOLLOW_UP if history else _TYPE,
                gold=gold,
                history=tuple(history),
            )
        )


def split_turns(text: str) -> list[Turn]:
    """The turns of a query, oldest first, at least one; a text without marks is the user's."""
    first, *marked = _MARK.split(text)
    turns = [Turn(role="user", content=first.strip())] if first.strip() or not marked else []
    for role, content in zip(marked[::2], marked[1::2], strict=True):
        turns.append(Turn(role="user" if role == "user" else "assistant", content=content.strip()))
    return turns
