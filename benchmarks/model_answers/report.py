"""A run's figures, by type of question, as Markdown."""

from __future__ import annotations

from rich.console import Console

from evaluation.runs import Run
from evaluation.scores import QuestionResult, Scores
from serving.checking.contract import Verdict

_COLUMNS = {
    "contains": "answer_contains",
    "abstained rightly": "abstention_recall",
    "abstained falsely": "false_abstention",
    "written by the model": "written_answer",
    "quoted instead": "quoted_instead",
    "asked again": "model_wrote_again",
    "sentences withheld": "sentences_withheld",
    "sentences uncited": "sentences_uncited",
    "citations repaired": "citations_repaired",
    "claims": "claims",
}
_QUOTES: dict[str, str] = {
    "exact quotes": "exact_quotes",
    **{verdict.value: f"verdict:{verdict}" for verdict in Verdict},
}
_EFFORT = {
    "first claim s": "first_claim_s",
    "total s": "total_s",
    "prompt tokens": "prompt_tokens",
    "reply tokens": "reply_tokens",
}


def print_report(run: Run, console: Console) -> None:
    """Three tables, and what was invented or given up."""
    rows = {**run.groups["type"], "overall": run.overall}
    for columns, digits in ((_COLUMNS, 3), (_QUOTES, 3), (_EFFORT, 1)):
        console.print(f"\n| type | n | {' | '.join(columns)} |", markup=False, soft_wrap=True)
        console.print("|---|" + "--:|" * (len(columns) + 1), markup=False, soft_wrap=True)
        for name, scores in rows.items():
            cells = [_cell(scores, metric, digits) for metric in columns.values()]
            row = f"| {name} | {scores.n} | {' | '.join(cells)} |"
            console.print(row, markup=False, highlight=False, soft_wrap=True)
    invented = [result for result in run.results if result.metrics["invented_numbers"]]
    console.print(f"\nAnswers with a number that no quote has: {len(invented)}", highlight=False)
    for result in invented:
        print_result(result)
    counts = {
        name: sum(bool(result.metrics.get(name)) for result in run.results)
        for name in run.overall.metrics
        if name.startswith(("notice:", "degraded:"))
    }
    console.print(f"Answers by what was said or given up: {counts}", markup=False, soft_wrap=True)


def print_result(result: QuestionResult) -> None:
    """The question and each delivered sentence with its quotes."""
    print(f"  Q: {result.question.question}")
    assert result.answer is not None
    for claim in result.answer.claims:
        print(f"    [{claim.verdict}] {claim.text}")
        for cited in claim.citations:
            print(f"        {cited.path}: {' '.join(cited.quote.split())}")


def _cell(scores: Scores, metric: str, digits: int) -> str:
    value = scores.value(metric)
    return "" if value is None else f"{value:.{digits}f}"
