"""Every endpoint, in the order that the documentation shows them."""

from __future__ import annotations

from fastapi import APIRouter

from serving.access import endpoints as access
from serving.answer import endpoints as answer
from serving.assistants import endpoints as assistants
from serving.check import endpoints as check
from serving.credentials import endpoints as credentials
from serving.documents import endpoints as documents
from serving.feedback import endpoints as feedback
from serving.generations import endpoints as generations
from serving.groups import endpoints as groups
from serving.health import endpoints as health
from serving.keys import endpoints as keys
from serving.mcp import endpoints as mcp
from serving.openai_api import endpoints as openai_api
from serving.search import endpoints as search
from serving.sources import endpoints as sources
from serving.uploads import endpoints as uploads

api = APIRouter()
for _resource in (
    answer,
    feedback,
    search,
    documents,
    check,
    assistants,
    openai_api,
    uploads,
    sources,
    credentials,
    access,
    keys,
    groups,
    generations,
):
    api.include_router(_resource.router, prefix="/v1")
api.include_router(sources.kinds_router, prefix="/v1")
api.include_router(mcp.router)
api.include_router(health.router)
