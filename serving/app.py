"""The HTTP application."""

from __future__ import annotations

from fastapi import FastAPI

from serving.api import api
from serving.middleware import RequestIdMiddleware
from serving.problems import install_problem_handlers, move_problems_to_their_media_type
from serving.services import Services

_DESCRIPTION = (
    "Answers from your documents, each sentence checked against the passage that it cites. "
    "Send an API key as `Authorization: Bearer KEY`. Errors are RFC 9457 problem details."
)


def create_app(services: Services) -> FastAPI:
    """The application over services that are ready to use."""
    app = FastAPI(title="Vouch", version="0.1.0", description=_DESCRIPTION)
    app.state.services = services
    install_problem_handlers(app)
    # Last, and so outermost: whatever is logged or answered inside has the request's id.
    app.add_middleware(RequestIdMiddleware)
    app.include_router(api)
    schema = move_problems_to_their_media_type(app.openapi())
    app.openapi = lambda: schema  # type: ignore[method-assign]  # FastAPI's documented way
    return app
