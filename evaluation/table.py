"""An evaluation as a table for the terminal, 80 columns wide at most."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from evaluation.metrics.recall import RECALL_DEPTHS
from evaluation.runner import Evaluation
from evaluation.scores import Scores

_RETRIEVAL = (*(f"recall@{k}" for k in RECALL_DEPTHS), "mrr")
_CAPTION = (
    "R@k: recall of gold documents. contains: answers that hold what they must. abstained: "
    "questions declined; overall, of the unanswerable/of the answerable ones."
)


def print_table(evaluation: Evaluation, floor: Evaluation | None, console: Console) -> None:
    """One row per question type and one overall; the floor's columns stand to the right."""
    table = Table(box=None, padding=(0, 1, 0, 0), caption=_CAPTION, caption_justify="left")
    table.add_column("type", no_wrap=True)
    retrieval = [*(f"R@{k}" for k in RECALL_DEPTHS), "MRR"]
    for header in ["n", *retrieval, "contains", "abstained"]:
        table.add_column(header, justify="right", no_wrap=True)
    if floor is not None:
        for index, header in enumerate(retrieval):
            table.add_column(
                f"{'floor' if index == 0 else ''}\n{header}", justify="right", no_wrap=True
            )
    rows = [*evaluation.groups["type"].items(), ("overall", evaluation.overall)]
    for name, scores in rows:
        cells = [*_retrieval(scores), _share(scores.value("answer_contains")), _abstained(scores)]
        if floor is not None:
            is_overall = scores is evaluation.overall
            cells += _retrieval(floor.overall if is_overall else floor.groups["type"][name])
        table.add_row(name, str(scores.n), *cells)
    console.print(table)


def _retrieval(scores: Scores) -> list[str]:
    return [_share(scores.value(name)) for name in _RETRIEVAL]


def _abstained(scores: Scores) -> str:
    shares = (scores.value("abstention_recall"), scores.value("false_abstention"))
    return "/".join(_share(share) for share in shares if share is not None)


def _share(value: float | None) -> str:
    """Three digits in four characters: ".693", and "1.00" for all."""
    if value is None:
        return ""
    text = f"{value:.3f}"
    return text[:4] if text.startswith("1") else text[1:]
