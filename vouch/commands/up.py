"""`vouch up`: the whole of Vouch in one process."""

from __future__ import annotations

import click


@click.command()
def up() -> None:
    """Start Vouch and serve until interrupted."""
    import signal
    import threading

    from core.settings import load_settings
    from core.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.telemetry)
    stop = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stop.set())
    click.echo("Starting (the embedding model takes a few seconds) …")

    from vouch.server import ADMIN_KEY_FILE, announced, running_vouch

    with running_vouch(settings) as (url, new_key), announced(settings.data_dir, url):
        if new_key is not None:
            click.echo(f"First admin key (shown this once): {new_key}")
            click.echo(f"The command line keeps it in {settings.data_dir / ADMIN_KEY_FILE}.")
        click.echo(f"Vouch is ready at {url}. API and its documentation: {url}/docs")
        stop.wait()
        click.echo("Stopping …")
