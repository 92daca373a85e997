"""`vouch feedback`: judging answers, and reviewing what was judged."""

from __future__ import annotations

from typing import Any

import click

_REASONS = (
    "wrong",
    "incomplete",
    "outdated",
    "wrong_source",
    "not_answered",
    "not_answerable",
    "other",
)


@click.group()
def feedback() -> None:
    """Judge answers, and review what was judged."""


@feedback.command()
@click.argument("answer_id")
@click.argument("verdict", type=click.Choice(["up", "down"]))
@click.option("--reason", type=click.Choice(_REASONS))
@click.option("--comment", default="", help="In your own words.")
@click.option("--answer", default="", help="What it should have said.")
@click.option("--document", "documents", multiple=True, metavar="ID", help="Where that stands.")
@click.option("--as", "act_for", metavar="USER", help="The user who asked.")
def give(
    answer_id: str,
    verdict: str,
    reason: str | None,
    comment: str,
    answer: str,
    documents: tuple[str, ...],
    act_for: str | None,
) -> None:
    """Judge an answer that you asked for."""
    from vouch.client import connected

    body = {
        "verdict": verdict,
        "reason": reason,
        "comment": comment,
        "expected_answer": answer,
        "expected_documents": list(documents),
    }
    with connected(act_for=act_for) as client:
        client.put(f"/v1/answers/{answer_id}/feedback", body)


@feedback.command("list")
@click.option(
    "--state",
    type=click.Choice(["open", "accepted", "dismissed"]),
    default="open",
    show_default=True,
)
@click.option("--verdict", type=click.Choice(["up", "down"]))
def list_(state: str, verdict: str | None) -> None:
    """List judged answers, latest feedback first."""
    from vouch.client import connected

    only = {"verdict": verdict} if verdict else {}
    with connected() as client:
        page = client.get("/v1/feedback", state=state, **only)
    for answer in page["answers"]:
        said = answer["feedback"]
        why = f" ({said['reason']})" if said["reason"] else ""
        click.echo(f"{answer['id']}  {said['verdict']}{why}  {answer['question']}")
    hidden = page["total"] - len(page["answers"])
    if hidden:
        click.echo(f"And {hidden} more.")


@feedback.command()
@click.argument("answer_id")
def show(answer_id: str) -> None:
    """Show an answer with what was said of it."""
    from vouch.client import connected

    with connected() as client:
        _print_answer(client.get(f"/v1/answers/{answer_id}"))


@feedback.command()
@click.argument("answer_id")
@click.argument("decision", type=click.Choice(["accepted", "dismissed"]))
@click.option(
    "--type", "type_", default="feedback", show_default=True, help="`unanswerable`: nothing does."
)
@click.option("--gold", multiple=True, metavar="ID", help="A document that answers it.")
@click.option("--answer", default="", help="A right answer.")
@click.option("--must-contain", multiple=True, help="A string that a right answer holds.")
def review(
    answer_id: str,
    decision: str,
    type_: str,
    gold: tuple[str, ...],
    answer: str,
    must_contain: tuple[str, ...],
) -> None:
    """Make an evaluation case of feedback, or dismiss it."""
    from vouch.client import connected

    body: dict[str, Any] = {"decision": decision}
    if decision == "accepted":
        body |= {
            "type": type_,
            "gold": list(gold) or None,
            "answer": answer,
            "must_contain": list(must_contain),
        }
    with connected() as client:
        client.put(f"/v1/feedback/{answer_id}/review", body)


def _print_answer(answer: dict[str, Any]) -> None:
    click.echo(f"{answer['asked_by']} asked at {answer['asked_at']}: {answer['question']}")
    for claim in answer["claims"]:
        click.echo(f"  {claim['text']}")
        for citation in claim["citations"]:
            document = citation["document"]
            click.echo(f"    {document['source']}: {document['path']} ({document['id']})")
    if not answer["is_complete"]:
        click.echo("  Something is left out: its document is gone, or not yours to read.")
    if answer["status"] == "abstained":
        click.echo("  It was not answered.")
    said = answer["feedback"]
    if said is None:
        click.echo("Nobody has judged it.")
        return
    click.echo(
        f"Feedback: {said['verdict']}, {said['reason'] or 'no reason given'}, {said['state']}"
    )
    for label, text in (("Comment", said["comment"]), ("Expected", said["expected_answer"])):
        if text:
            click.echo(f"  {label}: {text}")
    if not said["is_complete"]:
        click.echo("  Words are left out: they may quote what is gone, or not yours to read.")
    for document in said["expected_documents"]:
        click.echo(f"  Expected document: {document['path']} ({document['id']})")
