"""/health and /metrics, for probes and scrapers; no key needed, nothing about documents said."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from serving.dependencies import ServicesDep
from serving.sources.metrics import observe_sources

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str


@router.get("/health/live", summary="Is the process up?")
def live() -> Health:
    """Answers as long as the process does."""
    return Health(status="ok")


@router.get("/health/ready", summary="Can it answer questions?")
def ready(services: ServicesDep) -> Health:
    """Asks catalog and index; the model is loaded before the port opens."""
    with services.database.read() as session:
        session.execute(text("SELECT 1"))
    services.index.count()
    return Health(status="ok")


@router.get("/metrics", summary="Prometheus metrics", include_in_schema=False)
def metrics(services: ServicesDep) -> Response:
    observe_sources(services.database)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
