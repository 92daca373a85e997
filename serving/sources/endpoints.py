"""/v1/sources and their sync runs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from core.catalog.models import Document, RunState, Source, SyncRun, utc_now
from core.identity import Right
from serving.dependencies import CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.schemas import Owner
from serving.sources.schemas import (
    FailureInfo,
    FailurePage,
    RunInfo,
    SourceInfo,
    SourceKind,
    SourceRequest,
    SourceUpdate,
    SyncRequest,
    SyncSettings,
)
from serving.sources.service import describe_kinds, register_source, update_source

router = APIRouter(prefix="/sources", tags=["sources"])
kinds_router = APIRouter(tags=["sources"])

_PROBLEMS = problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_CONFLICT_PROBLEMS = problem_responses(
    HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Register a source",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
)
def create_source(request: SourceRequest, caller: CallerDep, services: ServicesDep) -> SourceInfo:
    """Nothing is read until the first sync. A source on this server's disk needs an admin."""
    return _source_info(register_source(services.sources, caller, request))


@router.get("", summary="List sources", responses=problem_responses(HTTPStatus.FORBIDDEN))
def list_sources(caller: CallerDep, services: ServicesDep) -> list[SourceInfo]:
    """The caller's own sources; an admin's list has all."""
    return [_source_info(source) for source in services.sources.list_sources(caller)]


@kinds_router.get(
    "/source-kinds",
    summary="List the kinds of sources",
    responses=problem_responses(HTTPStatus.FORBIDDEN),
)
def list_kinds(caller: CallerDep) -> list[SourceKind]:
    """What each installed kind can do, and what its configuration and credentials look like."""
    caller.require(Right.MANAGE_OWN_SOURCES)
    return describe_kinds()


@router.get("/{source_id}", summary="Get a source", responses=_PROBLEMS)
def get_source(source_id: str, caller: CallerDep, services: ServicesDep) -> SourceInfo:
    """Also 404 for a source that is another owner's."""
    return _source_info(services.sources.get_source(caller, source_id))


@router.patch("/{source_id}", summary="Change a source", responses=_PROBLEMS)
def patch_source(
    source_id: str, request: SourceUpdate, caller: CallerDep, services: ServicesDep
) -> SourceInfo:
    """Who may read it, its configuration or its owner; the next sync applies it to documents."""
    return _source_info(update_source(services.sources, caller, source_id, request))


@router.delete(
    "/{source_id}",
    status_code=HTTPStatus.ACCEPTED,
    summary="Remove a source",
    responses=_PROBLEMS,
)
def delete_source(source_id: str, caller: CallerDep, services: ServicesDep) -> SourceInfo:
    """With its documents, which nobody finds from now on. It is done once a GET answers 404."""
    return _source_info(services.remover.remove(caller, source_id))


@router.post(
    "/{source_id}/sync",
    status_code=HTTPStatus.ACCEPTED,
    summary="Sync a source now",
    responses=_CONFLICT_PROBLEMS,
)
def start_sync(
    source_id: str, caller: CallerDep, services: ServicesDep, request: SyncRequest | None = None
) -> RunInfo:
    """Queues a run and returns it; watch it by its id."""
    request = request or SyncRequest()
    run = services.runs.start(caller, source_id, dry_run=request.dry_run, scope=request.scope)
    return _run_info(run)


@router.post(
    "/{source_id}/notify",
    status_code=HTTPStatus.ACCEPTED,
    summary="Say that something changed",
    responses=_CONFLICT_PROBLEMS,
)
def notify(source_id: str, caller: CallerDep, services: ServicesDep) -> RunInfo:
    """For webhooks and bucket events: syncs soon, however many notices come in."""
    return _run_info(services.runs.request(caller, source_id))


@router.post("/{source_id}/pause", summary="Pause a source's schedule", responses=_PROBLEMS)
def pause(source_id: str, caller: CallerDep, services: ServicesDep) -> SourceInfo:
    """A sync can still be asked for; what is indexed stays searchable."""
    return _source_info(services.sources.set_paused(caller, source_id, is_paused=True))


@router.post("/{source_id}/resume", summary="Resume a source's schedule", responses=_PROBLEMS)
def resume(source_id: str, caller: CallerDep, services: ServicesDep) -> SourceInfo:
    """Also ends a suspension."""
    return _source_info(services.sources.set_paused(caller, source_id, is_paused=False))


@router.get("/{source_id}/runs", summary="List sync runs", responses=_PROBLEMS)
def list_runs(
    source_id: str,
    caller: CallerDep,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> list[RunInfo]:
    """Newest first."""
    return [_run_info(run) for run in services.runs.list_runs(caller, source_id, limit=limit)]


@router.get("/{source_id}/runs/{run_id}", summary="Watch a sync run", responses=_PROBLEMS)
def get_run(source_id: str, run_id: str, caller: CallerDep, services: ServicesDep) -> RunInfo:
    """Counters as of the last committed batch."""
    return _run_info(services.runs.get(caller, source_id, run_id))


@router.post(
    "/{source_id}/runs/{run_id}/cancel",
    status_code=HTTPStatus.ACCEPTED,
    summary="Cancel a sync run",
    responses=_CONFLICT_PROBLEMS,
)
def cancel_run(source_id: str, run_id: str, caller: CallerDep, services: ServicesDep) -> RunInfo:
    """What it has indexed stays; what it has not, the next run takes up."""
    return _run_info(services.runs.cancel(caller, source_id, run_id))


@router.post(
    "/{source_id}/runs/{run_id}/approve-deletions",
    status_code=HTTPStatus.ACCEPTED,
    summary="Approve deletions",
    responses=_CONFLICT_PROBLEMS,
)
def approve_deletions(
    source_id: str, run_id: str, caller: CallerDep, services: ServicesDep
) -> RunInfo:
    """Lets a run that the deletion guard stopped delete what its listing did not name."""
    return _run_info(services.runs.approve_deletions(caller, source_id, run_id))


@router.post(
    "/{source_id}/runs/{run_id}/reject-deletions",
    summary="Reject deletions",
    responses=_CONFLICT_PROBLEMS,
)
def reject_deletions(
    source_id: str, run_id: str, caller: CallerDep, services: ServicesDep
) -> RunInfo:
    """Keeps what a run that the deletion guard stopped found missing; the next run looks again."""
    return _run_info(services.runs.reject_deletions(caller, source_id, run_id))


@router.get("/{source_id}/failures", summary="List failed documents", responses=_PROBLEMS)
def list_failures(
    source_id: str,
    caller: CallerDep,
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> FailurePage:
    """Documents whose last attempt failed, by path, each with its reason."""
    documents, total = services.runs.list_failures(caller, source_id, limit=limit, offset=offset)
    return FailurePage(total=total, failures=[_failure_info(document) for document in documents])


def _source_info(source: Source) -> SourceInfo:
    return SourceInfo(
        id=source.id,
        name=source.name,
        kind=source.kind,
        config=source.config,
        acl=source.acl,
        sensitivity=source.sensitivity,
        owner=Owner(name=source.owner_name, contact=source.owner_contact),
        created_at=source.created_at,
        sync=SyncSettings(**{name: getattr(source, name) for name in SyncSettings.model_fields}),
        is_paused=source.is_paused,
        is_being_removed=source.removal_requested_by is not None,
        next_sync_at=source.next_sync_at,
        suspended_until=source.suspended_until,
        consecutive_failures=source.consecutive_failures,
        access_checked_at=source.access_checked_at,
    )


def _run_info(run: SyncRun) -> RunInfo:
    info = RunInfo.model_validate(run, from_attributes=True)
    return info.model_copy(update={"seconds_left": _seconds_left(run)})


def _seconds_left(run: SyncRun) -> float | None:
    if run.state != RunState.PROCESSING or run.started_at is None or not run.processed:
        return None
    elapsed_s = (utc_now() - run.started_at).total_seconds()
    return elapsed_s / run.processed * (run.to_process - run.processed)


def _failure_info(document: Document) -> FailureInfo:
    return FailureInfo(
        document_id=document.id,
        path=document.path,
        code=document.failure_code or "",
        detail=document.failure_detail or "",
        is_transient=document.failure_is_transient,
        still_served=document.indexed_revision is not None,
    )
