"""`vouch ingest`: a folder becomes a source and is synced."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--source", "name", help="The source's name; the folder's name if left out.")
@click.option("--owner", help="Who answers for it: 'Name <contact>'; yourself if left out.")
@click.option(
    "--acl",
    multiple=True,
    metavar="[GLOB=]TOKEN",
    help="Who may read: everyone, group:NAME or user:NAME; with 'hr/**=group:hr' only for paths "
    "that match. May be repeated; only yourself if left out.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--retry-failures", is_flag=True, help="Only try failed files again.")
@click.option("--approve-deletions", is_flag=True, help="Delete what the deletion guard stopped.")
def ingest(
    path: Path,
    name: str | None,
    owner: str | None,
    acl: tuple[str, ...],
    dry_run: bool,
    retry_failures: bool,
    approve_deletions: bool,
) -> None:
    """Read a folder's documents into the index; run it again to bring them up to date."""
    from core.settings import load_settings
    from core.telemetry import configure_logging
    from vouch.client import connected
    from vouch.ingesting import ensure_source, print_failures, run_sync

    configure_logging(load_settings().telemetry)
    with connected() as client:
        source = ensure_source(client, path.resolve(), name=name, owner=owner, acl=acl)
        run = run_sync(
            client,
            source["id"],
            dry_run=dry_run,
            scope="failures" if retry_failures else "changes",
            approve_deletions=approve_deletions,
        )
        if run["failed"]:
            print_failures(client, source["id"])
    if run["state"] not in ("succeeded", "awaiting_approval"):
        raise click.ClickException(run["error_detail"] or "The sync failed.")
