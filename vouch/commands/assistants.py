"""`vouch assistants`: named ways to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., None])

ANY = "any"
"""Takes a tier or a language back."""


@click.group()
def assistants() -> None:
    """Define, list and change assistants: what chat UIs call as models."""


def _settings(command: _Command) -> _Command:
    """The options that say how an assistant answers."""
    for option in (
        click.option("--language", metavar="CODE", help=f"To answer in, as ISO 639-1; or {ANY}."),
        click.option(
            "--tier", type=click.Choice(["small", "large", ANY]), help="Model tier to ask first."
        ),
        click.option(
            "--unsupported",
            type=click.Choice(["drop", "mark", "fail"]),
            help="What becomes of a sentence that its citation does not support.",
        ),
        click.option(
            "--source", "sources", multiple=True, help="Answer only from it; may be repeated."
        ),
        click.option(
            "--acl",
            multiple=True,
            metavar="TOKEN",
            help="Who may use it: everyone, group:NAME or user:NAME; may be repeated.",
        ),
        click.option("--description", help="What it is for."),
    ):
        command = option(command)
    return command


@assistants.command("list")
def list_() -> None:
    """List the assistants that the key may use; an admin's key lists all."""
    from vouch.client import connected

    with connected() as client:
        for assistant in client.get("/v1/assistants"):
            owner = assistant["owner"]
            click.echo(f"{assistant['name']}  owner {owner['name']} <{owner['contact']}>")


@assistants.command()
@click.argument("name")
@click.option("--owner", required=True, help="Who answers for it: 'Name <contact>'.")
@_settings
def add(name: str, owner: str, **settings: Any) -> None:
    """Define an assistant; without further options with the defaults, for everyone."""
    from vouch.client import connected
    from vouch.owners import parse_owner

    body = {"name": name, "owner": parse_owner(owner), **_given(settings)}
    with connected() as client:
        _print(client.post("/v1/assistants", body))


@assistants.command()
@click.argument("name")
def show(name: str) -> None:
    """Show how an assistant answers, and for whom."""
    from vouch.client import connected

    with connected() as client:
        _print(client.get(f"/v1/assistants/{name}"))


@assistants.command()
@click.argument("name")
@click.option("--owner", help="Who answers for it: 'Name <contact>'.")
@click.option("--all-sources", is_flag=True, help="Answer from every source again.")
@_settings
def change(name: str, owner: str | None, all_sources: bool, **settings: Any) -> None:
    """Change what is given; the rest stays."""
    from vouch.client import connected
    from vouch.owners import parse_owner

    if all_sources and settings["sources"]:
        raise click.UsageError("Choose one of --source and --all-sources.")
    body = _given(settings)
    if owner is not None:
        body["owner"] = parse_owner(owner)
    if all_sources:
        body["sources"] = []
    with connected() as client:
        _print(client.patch(f"/v1/assistants/{name}", body))


@assistants.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove an assistant; answers that it gave are kept as long as any."""
    from vouch.client import connected

    with connected() as client:
        client.delete(f"/v1/assistants/{name}")
    click.echo(f"Removed {name}.")


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request, of the options that were given."""
    fields: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, tuple):
            fields |= {name: list(value)} if value else {}
        elif value is not None:
            fields[name] = None if value == ANY and name in ("tier", "language") else value
    return fields


def _print(assistant: dict[str, Any]) -> None:
    owner = assistant["owner"]
    shown = {
        "name": assistant["name"],
        "description": assistant["description"] or "none",
        "owner": f"{owner['name']} <{owner['contact']}>",
        "may use it": _listed(assistant["acl"], empty="nobody"),
        "sources": _listed(assistant["sources"], empty="all"),
        "unsupported sentences": assistant["unsupported"],
        "model tier": assistant["tier"] or "in the configured order",
        "language": assistant["language"] or "the question's",
    }
    for name, value in shown.items():
        click.echo(f"{name}: {value}")


def _listed(values: list[str] | None, *, empty: str) -> str:
    return "shown to admins" if values is None else " ".join(values) or empty
