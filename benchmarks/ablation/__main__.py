"""What each choice is worth: one row of retrieval metrics for each variant, on one set.

    python -m benchmarks.ablation SET [--study chunking] [--half odd|even] [--cache FILE]

Everything runs in this process, through the chunkers, the index and the retriever that Vouch
itself uses. Without --study all of them run. `--half` takes every second question, by position:
choose on the odd ones, look at the even ones last. `--cache` (an .npz file) keeps encodings between
runs.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.ablation.encodings import EncodingCache, QueryEncoder, principal_directions
from benchmarks.ablation.indexes import build_index
from benchmarks.ablation.known_items import identifier_questions
from benchmarks.ablation.refusion import refused
from benchmarks.ablation.scoring import HEADERS, row
from benchmarks.ablation.table_cells import table_questions
from benchmarks.ablation.variants import STUDIES, Build, Variant
from benchmarks.fit_token_projection import passages
from core.access import Principal
from core.errors import VouchError
from evaluation.sets import EvaluationSet, Question, load_evaluation_set
from ingest.normalise import NormalisedDocument
from ingest.parsing_child import parse_file
from retrieval.index.edge import EdgeIndex
from retrieval.pipeline import Retriever, Search, SearchResult
from retrieval.questions.contract import Turn

_PROSE = (Path("examples"), Path("docs"))
_TOP_K = 100

QUESTIONS = {"identifiers": identifier_questions, "tables": table_questions}
"""Studies that make their own questions out of the corpus."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("set", type=Path)
    parser.add_argument("--study", choices=sorted(STUDIES), action="append")
    parser.add_argument("--half", choices=("odd", "even"))
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    evaluation_set = load_evaluation_set(arguments.set)
    assert evaluation_set.corpus is not None
    questions = _chosen(evaluation_set, arguments.half)
    cache = EncodingCache(arguments.cache)
    directions = principal_directions(passages(list(_PROSE)), cache)
    documents = _parsed(evaluation_set.corpus)
    with tempfile.TemporaryDirectory() as folder:
        indexes: dict[Build, EdgeIndex] = {}
        for study in arguments.study or STUDIES:
            asked = QUESTIONS[study](documents) if study in QUESTIONS else questions
            print(f"\n{study}, {len(asked)} questions\n\n| {' | '.join(HEADERS)} |")
            print("|---" * len(HEADERS) + "|")
            for variant in STUDIES[study]():
                build = variant.build
                projection = directions[:, : build.token_dimension]
                if build not in indexes:
                    indexes[build] = build_index(
                        documents,
                        build,
                        cache=cache,
                        projection=projection,
                        folder=Path(folder, str(len(indexes))),
                    )
                    cache.save()
                found = _search(variant, asked, indexes[build], QueryEncoder(cache, projection))
                print(
                    row(
                        variant.label,
                        chunks=indexes[build].count(),
                        questions=asked,
                        results=found,
                    ),
                    flush=True,
                )


def _chosen(evaluation_set: EvaluationSet, half: str | None) -> list[Question]:
    wanted = {None: (0, 1), "odd": (0,), "even": (1,)}[half]
    return [
        question
        for position, question in enumerate(evaluation_set.questions)
        if question.is_answerable and position % 2 in wanted
    ]


def _parsed(corpus: Path) -> Mapping[str, NormalisedDocument]:
    parsed = {}
    files = sorted(file for file in corpus.rglob("*") if file.is_file())
    for file in track(files, "parsing", console=Console(stderr=True), transient=True):
        path = str(file.relative_to(corpus))
        try:
            parsed[path] = parse_file(file, file.name, None)
        except VouchError as error:
            print(f"left out: {path}: {error.detail}")
    return parsed


def _search(
    variant: Variant, questions: list[Question], index: EdgeIndex, encoder: QueryEncoder
) -> list[SearchResult]:
    retriever = Retriever(
        embedder=encoder,
        sparse_encoder=variant.build.sparse_encoder(),
        index=index,
        settings=variant.search,
    )
    searches = [
        Search(
            question=question.question,
            top_k=_TOP_K,
            history=[Turn(role=turn.role, text=turn.content) for turn in question.history],
            explain=variant.fusion is not None,
        )
        for question in questions
    ]
    results = retriever.search_many(searches, principal=Principal(user="reader"))
    fusion = variant.fusion
    if fusion is None:
        return results
    return [
        # Scores of several searches, one for each part of a question, are not to be compared.
        result if result.understood.parts else replace(result, hits=refused(result.hits, fusion))
        for result in results
    ]


if __name__ == "__main__":
    main()
