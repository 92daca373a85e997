"""POST /mcp: the Model Context Protocol over streamable HTTP.

Stateless: each request stands for itself, so any process can serve it. There is no stream to open
by GET and no session to end by DELETE.
"""

from __future__ import annotations

import re
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Request, Response
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Receive, Scope, Send

from core.identity import Caller
from serving.dependencies import CallerDep, ServicesDep
from serving.mcp.errors import OriginNotAllowed
from serving.mcp.in_process import InProcessBackend
from serving.mcp.server import RequestContext, build_server
from serving.services import Services

router = APIRouter(tags=["mcp"])

_THIS_MACHINE = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")


def session_manager(services: Services) -> StreamableHTTPSessionManager:
    """What answers the protocol's requests, while its `run()` is entered; that works once."""

    def open_backend(context: RequestContext) -> InProcessBackend:
        request = cast(Request, context.request)
        caller = cast(Caller, request.state.caller)
        return InProcessBackend(services, caller, request=request)

    # Server-sent events, and not plain JSON: they are kept alive while an answer is made, and a
    # client that goes away is noticed.
    return StreamableHTTPSessionManager(build_server(open_backend), stateless=True)


def _require_known_origin(
    services: ServicesDep, origin: Annotated[str | None, Header(include_in_schema=False)] = None
) -> None:
    """A browser names the page that sends a request; nothing else has to. A page of another host,
    even of one whose name was made to point here, is refused.
    """
    is_known = origin is None or origin in services.mcp_origins or _THIS_MACHINE.fullmatch(origin)
    if not is_known:
        raise OriginNotAllowed(
            "Web pages of this origin may not speak MCP here. Connect from a program, or add the "
            "origin to VOUCH_SERVER__MCP_ORIGINS."
        )


class _ProtocolResponse(Response):
    """Leaves the response to the protocol, which also reads the request's body."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


@router.post(
    "/mcp",
    summary="Speak the Model Context Protocol",
    dependencies=[Depends(_require_known_origin)],
    include_in_schema=False,
)
async def speak(request: Request, caller: CallerDep) -> Response:
    """One message of the protocol."""
    request.state.caller = caller
    return _ProtocolResponse(cast(StreamableHTTPSessionManager, request.app.state.mcp))
