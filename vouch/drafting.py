"""`vouch eval draft` and `accept` step by step."""

from __future__ import annotations

from collections.abc import Sequence

import click

from core.errors import ConfigurationError
from evaluation.drafting.accepting import DraftReview
from evaluation.drafting.drafting import draft_questions
from evaluation.drafting.drafts import Draft, DraftFile
from evaluation.drafting.passages import DraftPassage, spread
from evaluation.language_model.contract import LanguageModel
from vouch.progress import progress_bar

_CHOICES = click.Choice(["y", "n", "e", "s", "q"])


class DraftNotFound(ConfigurationError):
    """There is no draft of this id in the file."""

    title = "Draft not found"


def draft_into(
    drafts: DraftFile,
    passages: Sequence[DraftPassage],
    model: LanguageModel,
    *,
    wanted: int,
    concurrency: int,
) -> None:
    """Add so many drafts to the file, each as it comes, and print how many passages gave none.

    Raises ModelUnavailable, ModelMisconfigured; the drafts until then are in the file.
    """
    before = len(drafts.drafts)
    with progress_bar("drafted", total=wanted) as advance:

        def keep(draft: Draft) -> None:
            drafts.put(draft)
            advance()

        dropped = draft_questions(
            spread(passages),
            model,
            wanted=wanted,
            known=list(drafts.drafts.values()),
            concurrency=concurrency,
            on_draft=keep,
        )
    reasons = "".join(f"; {reason}: {n}" for reason, n in sorted(dropped.items()))
    click.echo(f"{len(drafts.drafts) - before} drafts, {dropped.total()} dropped{reasons}")


def accept_ids(drafts: DraftFile, review: DraftReview, ids: Sequence[str]) -> None:
    """Accept these, or none of them. Raises DraftNotFound."""
    unknown = [draft_id for draft_id in ids if draft_id not in drafts.drafts]
    if unknown:
        raise DraftNotFound(f"There is no draft {', '.join(unknown)} in this file.")
    for draft_id in ids:
        review.accept(drafts.drafts[draft_id])


def review_drafts(drafts: DraftFile, review: DraftReview) -> None:
    """Ask about each that is not decided."""
    waiting = drafts.undecided
    for number, draft in enumerate(waiting, start=1):
        click.echo(f"\nDraft {number} of {len(waiting)}: {draft.id}")
        _show(draft)
        choice = click.prompt(
            "Accept? [y]es, [n]o, [e]dit, [s]kip, [q]uit", type=_CHOICES, show_choices=False
        )
        if choice == "q":
            return
        if choice == "y":
            review.accept(draft)
        elif choice == "n":
            review.reject(draft)
        elif choice == "e":
            review.accept(_edited(draft))


def _show(draft: Draft) -> None:
    click.echo(" > ".join([draft.path, *draft.heading_path]))
    click.echo(_printable(draft.passage))
    click.echo(f"\nQuestion: {_printable(draft.question)}")
    click.echo(f"Answer:   {_printable(draft.answer)}")
    click.echo(f"Evidence: {_printable(draft.evidence)}")


def _edited(draft: Draft) -> Draft:
    question = click.prompt("Question", default=draft.question)
    answer = click.prompt("Answer", default=draft.answer)
    return draft.model_copy(update={"question": question, "answer": answer})


def _printable(text: str) -> str:
    """Without control characters, which a document may hold and a terminal would obey."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
