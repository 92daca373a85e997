"""/v1/assistants."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter

from core.assistants import BUILT_IN_NAME, Assistant
from core.identity import Caller, Right
from serving.assistants.schemas import AssistantInfo, AssistantRequest, AssistantUpdate
from serving.dependencies import AdminDep, CallerDep, ServicesDep
from serving.problems import problem_responses
from serving.schemas import Owner

router = APIRouter(prefix="/assistants", tags=["assistants"])

_CONFLICT_PROBLEMS = problem_responses(
    HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
)


@router.get("", summary="List assistants", responses=problem_responses(HTTPStatus.FORBIDDEN))
def list_assistants(caller: CallerDep, services: ServicesDep) -> list[AssistantInfo]:
    """Those that the caller may use; an admin's list has all."""
    return [
        _assistant_info(caller, assistant) for assistant in services.assistants.list_visible(caller)
    ]


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Define an assistant",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
)
def create_assistant(
    request: AssistantRequest, admin: AdminDep, services: ServicesDep
) -> AssistantInfo:
    """It appears in `/v1/models` at once, for those who may use it."""
    fields = _fields(request)
    return _assistant_info(admin, services.assistants.create(admin, **fields))


@router.get(
    "/{name}",
    summary="Get an assistant",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_assistant(name: str, caller: CallerDep, services: ServicesDep) -> AssistantInfo:
    """Also 404 for one that the caller may not use."""
    return _assistant_info(caller, services.assistants.get(caller, name))


@router.patch("/{name}", summary="Change an assistant", responses=_CONFLICT_PROBLEMS)
def patch_assistant(
    name: str, request: AssistantUpdate, admin: AdminDep, services: ServicesDep
) -> AssistantInfo:
    """It holds from the next question on."""
    return _assistant_info(admin, services.assistants.update(admin, name, _fields(request)))


@router.delete(
    "/{name}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Remove an assistant",
    responses=_CONFLICT_PROBLEMS,
)
def delete_assistant(name: str, admin: AdminDep, services: ServicesDep) -> None:
    """Answers that it gave are kept as long as any."""
    services.assistants.remove(admin, name)


def _fields(request: AssistantRequest | AssistantUpdate) -> dict[str, Any]:
    """What was given, by the names that the store uses."""
    given = request.model_dump(exclude_unset=True, exclude={"owner"})
    if request.owner is not None:
        given |= {"owner_name": request.owner.name, "owner_contact": request.owner.contact}
    return given


def _assistant_info(caller: Caller, assistant: Assistant) -> AssistantInfo:
    is_admin = caller.may(Right.ADMINISTER)
    names = (assistant.source_names.get(source, source) for source in assistant.sources or ())
    return AssistantInfo(
        name=assistant.name,
        description=assistant.description,
        owner=Owner(name=assistant.owner_name, contact=assistant.owner_contact),
        acl=list(assistant.acl) if is_admin else None,
        sources=sorted(names) if is_admin else None,
        unsupported=assistant.unsupported,
        tier=assistant.tier,
        language=assistant.language,
        is_built_in=assistant.name == BUILT_IN_NAME,
        created_at=assistant.created_at,
    )
