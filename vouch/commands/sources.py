"""`vouch sources`: what is registered, and how its last sync went."""

from __future__ import annotations

import click


@click.command()
def sources() -> None:
    """List the sources with their last sync."""
    from vouch.client import connected

    with connected() as client:
        for source in client.get("/v1/sources"):
            runs = client.get(f"/v1/sources/{source['id']}/runs", limit=1)
            state = runs[0]["state"] if runs else "never synced"
            owner = source["owner"]
            click.echo(
                f"{source['name']}  {source['kind']}  {state}  "
                f"owner {owner['name']} <{owner['contact']}>  {source['id']}"
            )
