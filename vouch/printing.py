"""Search results and answers as people read them on a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

import click

_WIDTH = 88
_SHOWN_CHARS = 400


def print_hits(hits: list[dict[str, Any]]) -> None:
    """Passages with where they are from; with each retriever's rank and score where given."""
    if not hits:
        click.echo("Nothing found among the documents that you may read.")
    for hit in hits:
        passage = hit["passage"]
        click.secho(f"{hit['rank']}. {_where(hit['document'], passage)}", bold=True)
        for retriever, score in (hit["explain"] or {}).items():
            click.echo(f"   {retriever}: rank {score['rank']}, score {score['score']:.4f}")
        shown = textwrap.shorten(passage["text"], _SHOWN_CHARS, placeholder=" …")
        click.echo(_indented(shown) + "\n")


def print_degraded(response: dict[str, Any]) -> None:
    """What the server gave up, where it did."""
    if response["degraded"]:
        click.secho(f"Given up for now: {', '.join(response['degraded'])}", fg="yellow")


def print_answer(response: dict[str, Any]) -> None:
    """The answer, then every claim's verdict, citation and exact quote."""
    click.echo(_indented(response["answer"], "  "))
    for claim in response["claims"]:
        checks = ", ".join(check["name"] for check in claim["checks"])
        for citation in claim["citations"]:
            document = _document(response, citation["marker"])
            click.secho(
                f"  [{citation['marker']}] {_where(document, citation)}, characters "
                f"{citation['start']}-{citation['end']}",
                bold=True,
            )
            click.echo(_indented(f"“{citation['quote']}”", "      "))
            click.echo(f"      {claim['verdict']} ({checks})")
    for notice in response["notices"]:
        click.secho(f"  {notice['detail']}", fg="yellow")
    if response["status"] == "abstained":
        searched = response["searched"]
        nearest = ", ".join(document["path"] for document in searched["nearest"]) or "none"
        click.echo(f"  Searched {searched['passages']} passages; nearest documents: {nearest}")


def _document(response: dict[str, Any], marker: int) -> dict[str, Any]:
    document: dict[str, Any] = response["sources"][marker - 1]["document"]
    return document


def _where(document: dict[str, Any], place: dict[str, Any]) -> str:
    parts = [document["path"]]
    if place["page"] is not None:
        parts.append(f"page {place['page']}")
    if place["heading_path"]:
        parts.append(" > ".join(place["heading_path"]))
    return ", ".join(parts)


def _indented(text: str, indent: str = "   ") -> str:
    return "\n".join(
        textwrap.fill(line, _WIDTH, initial_indent=indent, subsequent_indent=indent)
        for line in text.splitlines()
    )


def print_run(run: dict[str, Any]) -> None:
    """A sync run in two lines: when and how it went, and what it did."""
    started = run["started_at"] or run["created_at"]
    click.echo(
        f"{started}  {run['state'].replace('_', ' ')}  by {run['requested_by']}  {run['id']}"
    )
    names = (
        *("seen", "added", "changed", "access_changed", "unchanged", "deleted", "failed"),
        *("pending_deletions", "bytes_fetched", "tokens_embedded"),
    )
    counts = ", ".join(f"{run[name]} {name.replace('_', ' ')}" for name in names if run[name])
    click.echo(f"  {counts or 'nothing to do'}")
    if run["seconds_left"]:
        click.echo(f"  about {run['seconds_left']:.0f} s left")
    if run["error_detail"]:
        click.echo(f"  {run['error_code']}: {run['error_detail']}")
