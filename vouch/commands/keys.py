"""`vouch keys`: making, listing and revoking API keys."""

from __future__ import annotations

import click


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command()
@click.option("--name", required=True, help="What the key is for.")
@click.option("--user", required=True, help="Whom it acts for.")
@click.option(
    "--role",
    type=click.Choice(["reader", "owner", "reviewer", "admin"]),
    default="reader",
    show_default=True,
)
@click.option(
    "--act-for-users", is_flag=True, help="Let it act for the user that X-Vouch-User names."
)
def create(name: str, user: str, role: str, act_for_users: bool) -> None:
    """Make a key and show it, this once."""
    from vouch.client import connected

    body = {"name": name, "user": user, "role": role, "may_act_for_users": act_for_users}
    with connected() as client:
        click.echo(client.post("/v1/keys", body)["key"])


@keys.command("list")
def list_() -> None:
    """List the keys by their first characters."""
    from vouch.client import connected

    with connected() as client:
        for key in client.get("/v1/keys"):
            state = "revoked" if key["revoked_at"] else "valid"
            who = f"{key['role']}  {key['user']}"
            click.echo(f"{key['id']}  {key['prefix']}…  {who}  {state}  {key['name']}")


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Refuse a key from now on."""
    from vouch.client import connected

    with connected() as client:
        client.delete(f"/v1/keys/{key_id}")
