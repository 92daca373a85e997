"""`vouch mcp`: the Model Context Protocol for programs on this machine."""

from __future__ import annotations

import click


@click.command()
@click.option("--as", "act_for", metavar="USER", help="Search, answer and read as this user.")
def mcp(act_for: str | None) -> None:
    """Speak the Model Context Protocol on standard input and output.

    For a program that starts its tool servers itself, such as an editor or a chat program.
    Offers the tools search, answer, get_document and check. A running server offers them at /mcp
    as well, without this command.
    """
    import signal
    import sys
    from contextlib import ExitStack, redirect_stdout

    import anyio

    from core.settings import load_settings
    from core.telemetry import configure_logging
    from vouch.client import connected
    from vouch.mcp_stdio import serve

    configure_logging(load_settings().telemetry)
    with ExitStack() as stack:
        # Standard output belongs to the protocol.
        with redirect_stdout(sys.stderr):
            client = stack.enter_context(connected(act_for=act_for))
            # A wrong key, or a server that is not there, is said now and not with every call.
            client.get("/v1/me")
        # The thread that waits for input would hold up a tidy end by Ctrl-C until there is some.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        anyio.run(serve, client.connection)
