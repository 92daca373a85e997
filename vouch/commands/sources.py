"""`vouch sources`: registering sources of any kind, and running them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vouch.client import VouchClient

_UNFINISHED = ("queued", "listing", "processing")
_LOOK_EVERY_S = 0.3


@click.group(invoke_without_command=True)
@click.pass_context
def sources(context: click.Context) -> None:
    """List the sources with their last sync; or work on one of them, by name or id."""
    if context.invoked_subcommand is None:
        _print_sources()


@sources.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(file: Path) -> None:
    """Register the source that a YAML or JSON file describes, as `POST /v1/sources` takes it."""
    import yaml

    from core.errors import ConfigurationError
    from vouch.client import connected

    try:
        body = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is neither YAML nor JSON.") from error
    with connected() as client:
        source = client.post("/v1/sources", body)
        click.echo(f"Registered {source['name']} as {source['id']}.")


@sources.command()
@click.argument("name")
@click.option("--everything", is_flag=True, help="List everything, not only what changed.")
@click.option("--retry-failures", is_flag=True, help="Only try failed documents again.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
def sync(name: str, everything: bool, retry_failures: bool, dry_run: bool) -> None:
    """Sync a source now, and watch it."""
    from core.errors import ConfigurationError
    from vouch.client import connected
    from vouch.ingesting import print_failures, run_sync

    if everything and retry_failures:
        raise ConfigurationError("Choose one of --everything and --retry-failures.")
    scope = "everything" if everything else "failures" if retry_failures else "changes"
    with connected() as client:
        source = _find(client, name)
        run = run_sync(client, source["id"], dry_run=dry_run, scope=scope, approve_deletions=False)
        if run["failed"]:
            print_failures(client, source["id"])
    if run["state"] not in ("succeeded", "awaiting_approval"):
        raise click.ClickException(run["error_detail"] or f"The sync was {run['state']}.")


@sources.command()
@click.argument("name")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 200))
def runs(name: str, limit: int) -> None:
    """Show a source's latest runs and what each did."""
    from vouch.client import connected
    from vouch.printing import print_run

    with connected() as client:
        for run in client.get(f"/v1/sources/{_find(client, name)['id']}/runs", limit=limit):
            print_run(run)


@sources.command()
@click.argument("name")
def failures(name: str) -> None:
    """Show the documents whose last attempt failed, each with its reason."""
    from vouch.client import connected
    from vouch.ingesting import print_failures

    with connected() as client:
        print_failures(client, _find(client, name)["id"])


@sources.command()
@click.argument("name")
def pause(name: str) -> None:
    """Hold back a source's schedule."""
    _post(name, "pause")


@sources.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let a source's schedule go on, also after a suspension."""
    _post(name, "resume")


@sources.command()
@click.argument("name")
@click.confirmation_option(prompt="Remove the source, with all of its documents?")
def remove(name: str) -> None:
    """Remove a source with all of its documents, and wait until they are gone."""
    import time

    from vouch.client import ApiProblem, connected

    with connected() as client:
        source = _find(client, name)
        path = f"/v1/sources/{source['id']}"
        client.delete(path)
        while True:
            try:
                client.get(path)
            except ApiProblem as problem:
                if problem.problem.get("code") != "source_not_found":
                    raise
                break
            time.sleep(_LOOK_EVERY_S)
    click.echo(f"Removed {source['name']}.")


@sources.command()
@click.argument("name")
def cancel(name: str) -> None:
    """Stop the run that is under way."""
    _decide(name, "cancel", states=_UNFINISHED, missing="There is no run under way.")


@sources.command("approve-deletions")
@click.argument("name")
def approve_deletions(name: str) -> None:
    """Delete what the deletion guard stopped in the latest run."""
    _decide(name, "approve-deletions", states=("awaiting_approval",), missing=_NO_DELETIONS)


@sources.command("reject-deletions")
@click.argument("name")
def reject_deletions(name: str) -> None:
    """Keep what the deletion guard stopped in the latest run."""
    _decide(name, "reject-deletions", states=("awaiting_approval",), missing=_NO_DELETIONS)


_NO_DELETIONS = "No run has deletions waiting for a decision."


def _print_sources() -> None:
    from vouch.client import connected

    with connected() as client:
        for source in client.get("/v1/sources"):
            runs = client.get(f"/v1/sources/{source['id']}/runs", limit=1)
            owner = source["owner"]
            click.echo(
                f"{source['name']}  {source['kind']}  {_state(source, runs)}  "
                f"owner {owner['name']} <{owner['contact']}>  {source['id']}"
            )


def _state(source: dict[str, Any], runs: list[dict[str, Any]]) -> str:
    if source["is_being_removed"]:
        return "being removed"
    state = runs[0]["state"].replace("_", " ") if runs else "never synced"
    if source["is_paused"]:
        return f"{state}, paused"
    if source["suspended_until"]:
        return f"{state}, suspended until {source['suspended_until']}"
    return f"{state}, {source['sync']['schedule'] or 'no schedule'}"


def _find(client: VouchClient, name: str) -> dict[str, Any]:
    from core.sources import SourceNotFound

    found: list[dict[str, Any]] = client.get("/v1/sources")
    for source in found:
        if name in (source["name"], source["id"]):
            return source
    raise SourceNotFound(f"There is no source {name!r} of yours. `vouch sources` lists them.")


def _post(name: str, action: str) -> None:
    from vouch.client import connected

    with connected() as client:
        source = client.post(f"/v1/sources/{_find(client, name)['id']}/{action}")
        click.echo(f"{source['name']}: {'paused' if source['is_paused'] else 'running'}.")


def _decide(name: str, action: str, *, states: tuple[str, ...], missing: str) -> None:
    from vouch.client import connected
    from vouch.printing import print_run

    with connected() as client:
        path = f"/v1/sources/{_find(client, name)['id']}/runs"
        for run in client.get(path, limit=1):
            if run["state"] in states:
                print_run(client.post(f"{path}/{run['id']}/{action}"))
                return
    raise click.ClickException(missing)
