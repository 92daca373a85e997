"""`vouch ingest` step by step, over the API: register or find the source, sync, show progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from core.errors import ConfigurationError
from vouch.client import ApiProblem, VouchClient
from vouch.owners import parse_owner

# A short run ends at once for whoever waits; watching a long one takes no time from it.
_FIRST_POLL_S = 0.02
_LONGEST_POLL_S = 0.5
_LOG_EVERY_S = 5.0
_UNFINISHED = ("queued", "listing", "processing")
_SHOWN_FAILURES = 20


class SourceDiffers(ConfigurationError):
    """A source of this name is another folder."""

    title = "Source differs"


def ensure_source(
    client: VouchClient,
    root: Path,
    *,
    name: str | None,
    owner: str | None,
    acl: Sequence[str],
) -> dict[str, Any]:
    """The source for this folder: registered if it is not there yet, else brought up to date with
    the owner and access rules that are given.

    Raises SourceDiffers, ConfigurationError for an owner that is not 'Name <contact>'.
    """
    me = client.get("/v1/me")["user"]
    name = name or root.name or "root"
    default_acl, rules = _split_acl(acl)
    wanted = {
        "name": name,
        "kind": "filesystem",
        "config": {"root": str(root), "access_rules": rules},
        "acl": default_acl or [f"user:{me}"],
        "owner": parse_owner(owner) if owner else {"name": me, "contact": me},
    }
    registered: list[dict[str, Any]] = client.get("/v1/sources")
    existing = next((source for source in registered if source["name"] == name), None)
    if existing is None:
        created: dict[str, Any] = client.post("/v1/sources", wanted)
        return created
    if existing["config"].get("root") != str(root):
        raise SourceDiffers(
            f"The source {name!r} is {existing['config'].get('root')}. "
            "Choose another name with --source."
        )
    changes: dict[str, Any] = {}
    if acl:
        changes |= {"acl": wanted["acl"], "config": wanted["config"]}
    if owner:
        changes["owner"] = wanted["owner"]
    return client.patch(f"/v1/sources/{existing['id']}", changes) if changes else existing


def run_sync(
    client: VouchClient,
    source_id: str,
    *,
    dry_run: bool,
    scope: str,
    approve_deletions: bool,
) -> dict[str, Any]:
    """Sync the source, or first see a run to its end that an earlier command left behind.

    Returns the last run as the API shows it.
    """
    body = {"dry_run": dry_run, "scope": scope}
    path = f"/v1/sources/{source_id}"
    try:
        run = client.post(f"{path}/sync", body)
    except ApiProblem as error:
        if error.problem.get("code") != "run_in_progress":
            raise
        left_behind = error.problem["data"]["run_id"]
        click.echo("Going on with the sync that was interrupted …", err=True)
        _follow(client, f"{path}/runs/{left_behind}")
        run = client.post(f"{path}/sync", body)
    run = _follow(client, f"{path}/runs/{run['id']}")
    if approve_deletions and run["state"] == "awaiting_approval":
        client.post(f"{path}/runs/{run['id']}/approve-deletions")
        run = _follow(client, f"{path}/runs/{run['id']}")
    _print_summary(run)
    return run


def print_failures(client: VouchClient, source_id: str) -> None:
    """The first failures with their reasons, and how to see the rest."""
    page = client.get(f"/v1/sources/{source_id}/failures", limit=_SHOWN_FAILURES)
    for failure in page["failures"]:
        click.echo(f"  {failure['path']}: {failure['code']}: {failure['detail']}")
    if page["total"] > len(page["failures"]):
        rest = page["total"] - len(page["failures"])
        click.echo(f"  … and {rest} more: GET /v1/sources/{source_id}/failures")


def _split_acl(acl: Sequence[str]) -> tuple[list[str], list[dict[str, Any]]]:
    """Tokens for the whole source, and rules for paths that match a glob, in the order given."""
    default = [item for item in acl if "=" not in item]
    rules: dict[str, list[str]] = {}
    for item in acl:
        if "=" in item:
            glob, token = item.rsplit("=", 1)
            rules.setdefault(glob, []).append(token)
    return default, [{"glob": glob, "allow": allow} for glob, allow in rules.items()]


def _follow(client: VouchClient, path: str) -> dict[str, Any]:
    """Show progress until the run has ended; returns it."""
    runs = _poll(client, path)
    return _follow_with_bar(runs) if sys.stderr.isatty() else _follow_with_lines(runs)


def _poll(client: VouchClient, path: str) -> Iterator[dict[str, Any]]:
    wait_s = _FIRST_POLL_S
    while True:
        run: dict[str, Any] = client.get(path)
        yield run
        if run["state"] not in _UNFINISHED:
            return
        time.sleep(wait_s)
        wait_s = min(_LONGEST_POLL_S, wait_s * 1.2)


def _follow_with_bar(runs: Iterator[dict[str, Any]]) -> dict[str, Any]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    run: dict[str, Any] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("queued", total=None, rate="")
        for run in runs:
            speed = progress.tasks[0].speed
            progress.update(
                task,
                description=run["state"].replace("_", " "),
                total=run["to_process"] or None,
                completed=run["processed"],
                rate=f"{speed:.1f} documents/s" if speed else "",
            )
    return run


def _follow_with_lines(runs: Iterator[dict[str, Any]]) -> dict[str, Any]:
    started = last = time.monotonic()
    run: dict[str, Any] = {}
    for run in runs:
        now = time.monotonic()
        if now - last >= _LOG_EVERY_S:
            last = now
            rate = run["processed"] / (now - started)
            click.echo(
                f"{run['state']}: {run['processed']}/{run['to_process']} documents, "
                f"{rate:.1f} documents/s, {_time_left(run, rate)} left",
                err=True,
            )
    return run


def _time_left(run: dict[str, Any], rate: float) -> str:
    return f"{(run['to_process'] - run['processed']) / rate:.0f} s" if rate else "unknown"


def _print_summary(run: dict[str, Any]) -> None:
    prefix = "Dry run, nothing changed: " if run["dry_run"] else ""
    names = ("added", "changed", "unchanged", "access_changed", "deleted", "failed")
    counts = ", ".join(f"{run[name]} {name.replace('_', ' ')}" for name in names if run[name])
    click.echo(f"{prefix}{run['seen']} documents: {counts or 'nothing to do'}.")
    if not run["dry_run"]:
        click.echo(
            f"Chunks embedded: {run['chunks_embedded']} ({run['tokens_embedded']} tokens); "
            f"reused: {run['chunks_reused']}."
        )
    for notice in run["notices"]:
        click.echo(f"  {notice}")
    if run["state"] == "awaiting_approval":
        click.echo(
            f"{run['pending_deletions']} documents are missing from the folder. That is more than "
            "the deletion guard lets go by itself: they stay until you run the command again with "
            "--approve-deletions."
        )
