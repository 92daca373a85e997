"""Serving MCP's tools on standard input and output."""

from __future__ import annotations

from mcp.server.stdio import stdio_server

from serving.mcp.server import build_server
from vouch.client.transport import Connection
from vouch.mcp_backend import HTTPBackend


async def serve(connection: Connection) -> None:
    """Until the input ends. Whatever else is printed meanwhile goes to standard error."""
    async with HTTPBackend(connection) as backend, stdio_server() as (incoming, outgoing):
        server = build_server(lambda context: backend)
        await server.run(incoming, outgoing, server.create_initialization_options())
