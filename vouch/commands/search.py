"""`vouch search`: passages, best first."""

from __future__ import annotations

import click


@click.command()
@click.argument("query")
@click.option("--top-k", type=click.IntRange(1, 200), default=5, show_default=True)
@click.option("--source", "sources", multiple=True, help="Only this source; may be repeated.")
@click.option("--path-prefix", help="Only paths that begin so.")
@click.option("--mime", "mimes", multiple=True, help="Only this MIME type; may be repeated.")
@click.option("--from", "updated_from", help="Only changed at or after this date, 2026-01-31.")
@click.option("--to", "updated_to", help="Only changed at or before this date.")
@click.option("--explain", is_flag=True, help="Show the rank and score that each retriever gave.")
@click.option("--as", "act_for", metavar="USER", help="Search as this user.")
def search(
    query: str,
    top_k: int,
    sources: tuple[str, ...],
    path_prefix: str | None,
    mimes: tuple[str, ...],
    updated_from: str | None,
    updated_to: str | None,
    explain: bool,
    act_for: str | None,
) -> None:
    """Find passages."""
    from vouch.client import Filters, connected
    from vouch.printing import print_degraded, print_hits

    filters = Filters(
        sources=sources,
        path_prefix=path_prefix,
        mimes=mimes,
        updated_from=updated_from,
        updated_to=updated_to,
    )
    with connected(act_for=act_for) as client:
        response = client.search(query, top_k=top_k, filters=filters, explain=explain)
    print_hits(response["hits"])
    print_degraded(response)
