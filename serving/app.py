"""The HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from serving.api import api
from serving.mcp.endpoints import session_manager
from serving.middleware import RequestIdMiddleware
from serving.problems import install_problem_handlers, move_problems_to_their_media_type
from serving.services import Services

_DESCRIPTION = (
    "Answers from your documents, each sentence checked against the passage that it cites. "
    "Send an API key as `Authorization: Bearer KEY`. Errors are RFC 9457 problem details."
)


def create_app(services: Services) -> FastAPI:
    """The application over services that are ready to use. Its lifespan has to be run, once."""
    mcp = session_manager(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.run():
            yield

    app = FastAPI(title="Vouch", version="0.1.0", description=_DESCRIPTION, lifespan=lifespan)
    app.state.services = services
    app.state.mcp = mcp
    install_problem_handlers(app)
    # Last, and so outermost: whatever is logged or answered inside has the request's id.
    app.add_middleware(RequestIdMiddleware)
    app.include_router(api)
    schema = move_problems_to_their_media_type(app.openapi())
    app.openapi = lambda: schema  # type: ignore[method-assign]  # FastAPI's documented way
    return app
