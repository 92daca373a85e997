"""What the confidence of an extractive answer rests on, where there is an answer and where not.

    python -m benchmarks.fit_confidence SET [SET …]

Ingests each set's corpus, and drafts an answer to every question. Prints, for how similar the best
sentence is to the question, alone and with what the answer lacks: how often an answerable question
has more of it than an unanswerable one (the area under the ROC curve), the values under which given
shares of the answerable questions fall, and what share of the unanswerable ones falls below each.
The logistic fit is of all sets together. `serving/answering/confidence.py` holds the choice.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
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
from evaluation.sets import Question, load_evaluation_set
from retrieval.embedders.contract import load_embedder
from retrieval.questions.contract import Turn
from serving.answering.confidence import EvidenceSigns
from serving.answering.evidence import SentenceScorer
from serving.answering.extractive import ExtractiveAnswerer
from serving.schemas import Filters
from serving.search.service import WantedSearch

_SHARES = (0.02, 0.05, 0.08, 0.10, 0.13, 0.15, 0.20)
_NOTHING = EvidenceSigns(similarity=0.0, lacks_value=True)
_ADMIN = Caller(key_id="benchmark", role=Role.ADMIN, principal=Principal(user="admin"))
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Measured:
    signs: EvidenceSigns
    is_answerable: bool


def main() -> None:
    parser = argparse.ArgumentParser(description="Signs behind an extractive answer's confidence.")
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--corpus", type=Path, help="Of the last set, where it has none beside it.")
    arguments = parser.parse_args()
    measured: list[_Measured] = []
    for path in arguments.sets:
        is_last = path == arguments.sets[-1]
        found = _measure(path, arguments.corpus if is_last else None)
        print(f"\n{path.name}: {len(found)} questions")
        _print_shares(found, lack=0.0)
        measured += found
    similarity, lacks, answerable = _columns(measured)
    fit = LogisticRegression(C=100, class_weight="balanced").fit(
        np.column_stack([similarity, lacks]), answerable
    )
    slope, lack = fit.coef_[0, 0], -fit.coef_[0, 1] / fit.coef_[0, 0]
    print(f"\nlogistic fit of all: slope {slope:.2f}, lack {lack:.2f}")
    _print_shares(measured, lack=lack)


def _print_shares(measured: list[_Measured], *, lack: float) -> None:
    similarity, lacks, answerable = _columns(measured)
    values = similarity - lack * lacks
    name = f"similarity less {lack:.2f} for a lack" if lack else "similarity"
    print(f"{name}: area under the ROC curve {roc_auc_score(answerable, values):.3f}")
    for share in _SHARES:
        limit = np.quantile(values[answerable], share)
        below = (values[~answerable] < limit).mean()
        print(f"  {share:.0%} of answerable, {below:.0%} of unanswerable below {limit:.3f}")


def _columns(measured: list[_Measured]) -> tuple[Values, Values, NDArray[np.bool_]]:
    return (
        np.array([each.signs.similarity for each in measured]),
        np.array([float(each.signs.lacks_value) for each in measured]),
        np.array([each.is_answerable for each in measured]),
    )


def _measure(path: Path, corpus: Path | None) -> list[_Measured]:
    evaluation_set = load_evaluation_set(path, corpus=corpus)
    assert evaluation_set.corpus is not None
    with scratch_vouch() as vouch:
        vouch.sync(vouch.register(evaluation_set.corpus.resolve()))
        # Here the admin may read everything: what others may not has an answer after all.
        questions = [each for each in evaluation_set.questions if each.as_user is None]
        signs = _signs(vouch, questions)
    return [
        _Measured(found, question.is_answerable)
        for found, question in zip(signs, questions, strict=True)
    ]


def _signs(vouch: Scratch, questions: Sequence[Question]) -> list[EvidenceSigns]:
    search = vouch.embedded.services.search
    scorer = SentenceScorer(load_embedder(EmbeddingSettings()))
    answerer = ExtractiveAnswerer(scorer=scorer, settings=AnswerSettings())
    found = []
    for question in track(questions, "asking", console=Console(stderr=True), transient=True):
        wanted = WantedSearch(
            question=question.question,
            filters=Filters(),
            top_k=AnswerSettings().top_k,
            history=[Turn(role=turn.role, text=turn.content) for turn in question.history],
            merge_neighbours=True,
        )
        draft = answerer.draft(question.question, search.search(_ADMIN, wanted))
        found.append(draft.signs or _NOTHING)
    return found


if __name__ == "__main__":
    main()
