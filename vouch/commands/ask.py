"""`vouch ask`: a checked answer."""

from __future__ import annotations

import click


@click.command()
@click.argument("question")
@click.option("--source", "sources", multiple=True, help="Only this source; may be repeated.")
@click.option("--assistant", metavar="NAME", help="Who answers; `vouch` if left out.")
@click.option("--as", "act_for", metavar="USER", help="Ask as this user.")
@click.option("--json", "as_json", is_flag=True, help="Print the response as it came.")
def ask(
    question: str,
    sources: tuple[str, ...],
    assistant: str | None,
    act_for: str | None,
    as_json: bool,
) -> None:
    """Answer a question, every sentence with its quoted, checked citation."""
    import json

    from vouch.client import connected
    from vouch.printing import print_answer, print_degraded

    with connected(act_for=act_for) as client:
        response = client.answer(question, filters={"sources": sources}, assistant=assistant)
    if as_json:
        click.echo(json.dumps(response, indent=2, ensure_ascii=False))
    else:
        print_answer(response)
        print_degraded(response)
        click.secho(f"  Judge it: vouch feedback give {response['id']} up|down", dim=True)
