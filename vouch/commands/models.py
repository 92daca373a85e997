"""`vouch models`: the language models that write answers."""

from __future__ import annotations

import click


@click.group()
def models() -> None:
    """See to the language models that write answers."""


@models.command()
def check() -> None:
    """Ask each configured model a few questions, with markers and in JSON, and say how it did.

    Reads VOUCH_MODELS__… from the environment, as `vouch up` does; no server is needed. Ends with
    status 1 where one cannot be asked.
    """
    from core.settings import load_settings
    from serving.answering.writing.probe import probe
    from serving.models.tier import load_tiers

    tiers = load_tiers(load_settings().models)
    if not tiers:
        raise click.ClickException(
            "No language model is set: answers quote sentences. Set VOUCH_MODELS__LARGE__URL and "
            "VOUCH_MODELS__LARGE__MODEL to have one write."
        )
    failed = False
    for tier in tiers:
        click.echo(f"{tier.name}: {tier.model.name}")
        found = probe(tier)
        for style, right in found.right.items():
            click.echo(f"  {style}: {right} of {found.asked} answered and cited rightly")
        if found.first_word_s is not None:
            click.echo(f"  first word after {found.first_word_s:.1f} s at best")
        click.echo(f"  tokens: {'counted by the server' if found.usage else 'not counted'}")
        chosen = found.style if tier.settings.style == "auto" else tier.settings.style
        click.echo(f"  style: {chosen} ({'chosen' if tier.settings.style == 'auto' else 'set'})")
        if found.failure is not None:
            click.secho(f"  failed: {found.failure}", fg="red")
            failed = True
    if failed:
        raise SystemExit(1)
