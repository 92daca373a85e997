"""`vouch generation`: the build of the index that is served."""

from __future__ import annotations

import click


@click.group(invoke_without_command=True)
@click.pass_context
def generation(context: click.Context) -> None:
    """Show the generation that is served, and what reranks its hits."""
    if context.invoked_subcommand is not None:
        return
    from vouch.client import connected

    with connected() as client:
        for name, value in client.get("/v1/generation").items():
            click.echo(f"{name}: {value if value is not None else 'none'}")


@generation.command("approve-reranker")
@click.argument("name", required=False)
@click.option("--none", "is_none", is_flag=True, help="Approve none: the order of the fusion.")
@click.option("--run", help="The evaluation behind it, for the audit log.")
def approve_reranker(name: str | None, is_none: bool, run: str | None) -> None:
    """Let VOUCH_RERANKER__PROVIDER=auto use NAME, `provider/model`, from the next start on."""
    if (name is None) != is_none:
        raise click.UsageError("Give the reranker's name, or --none.")
    from vouch.client import connected

    with connected() as client:
        approved = client.put("/v1/generation/reranker", {"reranker": name, "run": run})
    click.echo(f"approved_reranker: {approved['approved_reranker'] or 'none'}")
