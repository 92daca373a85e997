"""`vouch credentials`: the key that the sources' credentials are encrypted with."""

from __future__ import annotations

import click


@click.group()
def credentials() -> None:
    """Look after the sources' stored credentials."""


@credentials.command()
def rotate() -> None:
    """Encrypt all of them with a new key, and destroy the old one."""
    from vouch.client import connected

    with connected() as client:
        sources = client.post("/v1/credentials/rotate")["sources"]
        click.echo(f"Encrypted the credentials of {sources} sources with a new key.")
