"""`vouch groups`: who is in which group."""

from __future__ import annotations

import click


@click.group()
def groups() -> None:
    """Set and list groups."""


@groups.command("set")
@click.argument("name")
@click.argument("users", nargs=-1)
def set_(name: str, users: tuple[str, ...]) -> None:
    """Make exactly these users the group's members."""
    from vouch.client import connected

    with connected() as client:
        client.put(f"/v1/groups/{name}", {"users": list(users)})


@groups.command("list")
def list_() -> None:
    """List every group with its members."""
    from vouch.client import connected

    with connected() as client:
        for group in client.get("/v1/groups"):
            click.echo(f"{group['name']}: {' '.join(group['users'])}")
