"""What the confidence of an extractive answer rests on, where there is an answer and where not.

    python -m benchmarks.fit_confidence SET [SET …]

Ingests each set's corpus, and drafts an answer to every question; and another to each answerable
one with its gold documents left out, unless the others hold all that a right answer must: near
misses, of which a set has few of its own. Prints how often an answerable question has a higher
margin than another (the area under the ROC curve), the margins under which given shares of the
answerable questions fall, and what share of the others falls below each. The logistic fit is of all
sets together. `serving/answering/confidence.py` holds the choice.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.support import Scratch, scratch_vouch
from core.access import Principal
from core.catalog.models import Role
from core.identity import Caller
from core.settings import AnswerSettings, EmbeddingSettings
from evaluation.metrics.contains import contains_all
from evaluation.sets import Question, load_evaluation_set
from retrieval.embedders.remembering import RememberingEncoder, remembering
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from retrieval.pipeline import SearchResult
from retrieval.questions.contract import Turn
from serving.answering.confidence import EvidenceSigns
from serving.answering.evidence import SentenceScorer
from serving.answering.extractive import ExtractiveAnswerer
from serving.answering.foreign_words import ForeignWords
from serving.schemas import Filters
from serving.search.service import WantedSearch

_SHARES = (0.02, 0.05, 0.08, 0.10, 0.13, 0.15, 0.20)
_NOTHING = EvidenceSigns(similarity=0.0, lacks_value=True)
_ADMIN = Caller(key_id="benchmark", role=Role.ADMIN, principal=Principal(user="admin"))
# So many hits that enough are left without those of the gold documents.
_DEEP = 50
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Measured:
    """`kind` is "answerable", "unanswerable", or "gold left out"."""

    signs: EvidenceSigns
    kind: str


def main() -> None:
    parser = argparse.ArgumentParser(description="Signs behind an extractive answer's confidence.")
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--corpus", type=Path, help="Of the last set, where it has none beside it.")
    parser.add_argument("--data", type=Path, help="A folder to keep the last set's index in.")
    arguments = parser.parse_args()
    measured: list[_Measured] = []
    for path in arguments.sets:
        is_last = path == arguments.sets[-1]
        found = _measure(
            path, arguments.corpus if is_last else None, arguments.data if is_last else None
        )
        print(f"\n{path.name}: {len(found)} drafts, as shipped")
        _print_shares(found, np.array([_shipped_margin(each.signs) for each in found]))
        measured += found
    rows = _columns([each.signs for each in measured])
    answerable = np.array([each.kind == "answerable" for each in measured])
    fit = LogisticRegression(C=100, class_weight="balanced").fit(rows, answerable)
    slope, contrast, lack = fit.coef_[0] / np.array([1, fit.coef_[0, 0], fit.coef_[0, 0]])
    print(f"\nlogistic fit of all: slope {slope:.2f}, contrast {-contrast:.2f}, lack {-lack:.2f}")
    _print_shares(measured, rows @ np.array([1.0, contrast, lack]))


def _print_shares(measured: list[_Measured], values: Values) -> None:
    kinds = np.array([each.kind for each in measured])
    answerable = kinds == "answerable"
    print(f"area under the ROC curve {roc_auc_score(answerable, values):.3f}")
    for share in _SHARES:
        limit = np.quantile(values[answerable], share)
        below = {
            kind: (values[kinds == kind] < limit).mean()
            for kind in sorted(set(kinds[~answerable].tolist()))
        }
        shown = ", ".join(f"{found:.0%} {kind}" for kind, found in below.items())
        print(f"  {share:.0%} of answerable below {limit:.3f}; {shown}")


def _shipped_margin(signs: EvidenceSigns) -> float:
    return float(np.log(signs.confidence) - np.log1p(-signs.confidence))


def _columns(signs: Sequence[EvidenceSigns]) -> Values:
    return np.array([[each.similarity, each.contrast, float(each.is_lacking)] for each in signs])


def _measure(path: Path, corpus: Path | None, data_dir: Path | None) -> list[_Measured]:
    evaluation_set = load_evaluation_set(path, corpus=corpus)
    assert evaluation_set.corpus is not None
    with scratch_vouch(data_dir) as vouch:
        vouch.ensure_indexed(evaluation_set.corpus)
        # Here the admin may read everything: what others may not has an answer after all.
        questions = [each for each in evaluation_set.questions if each.as_user is None]
        return list(_drafts(vouch, questions))


def _drafts(vouch: Scratch, questions: Sequence[Question]) -> Iterator[_Measured]:
    embedder = SentenceTransformersEmbedder.from_settings(EmbeddingSettings())
    words = RememberingEncoder(embedder)
    answerer = ExtractiveAnswerer(
        scorer=SentenceScorer(queries=embedder, sentences=words),
        foreign=ForeignWords(words),
        settings=AnswerSettings(),
    )
    for question in track(questions, "asking", console=Console(stderr=True), transient=True):
        result = _search(vouch, question, top_k=AnswerSettings().top_k)
        signs = _signs(answerer, question, result)
        yield _Measured(signs, "answerable" if question.is_answerable else "unanswerable")
        if not question.is_answerable:
            continue
        others = _without_gold(_search(vouch, question, top_k=_DEEP), question)
        texts = " ".join(passage.text for passage in others.passages)
        if not question.must_contain or not contains_all(texts, question.must_contain):
            yield _Measured(_signs(answerer, question, others), "gold left out")


def _signs(answerer: ExtractiveAnswerer, question: Question, result: SearchResult) -> EvidenceSigns:
    with remembering():
        return answerer.draft(question.question, result).signs or _NOTHING


def _search(vouch: Scratch, question: Question, *, top_k: int) -> SearchResult:
    wanted = WantedSearch(
        question=question.question,
        filters=Filters(),
        top_k=top_k,
        history=[Turn(role=turn.role, text=turn.content) for turn in question.history],
        merge_neighbours=True,
    )
    return vouch.embedded.services.search.search(_ADMIN, wanted)


def _without_gold(result: SearchResult, question: Question) -> SearchResult:
    kept = [
        (hit, passage)
        for hit, passage in zip(result.hits, result.passages, strict=True)
        if hit.chunk.path not in question.gold
    ][: AnswerSettings().top_k]
    return replace(
        result,
        hits=[hit for hit, _ in kept],
        passages=tuple(passage for _, passage in kept),
    )


if __name__ == "__main__":
    main()
