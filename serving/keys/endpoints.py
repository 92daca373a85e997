"""/v1/keys and /v1/me."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from serving.dependencies import AdminDep, CallerDep, ServicesDep
from serving.keys.schemas import CallerInfo, IssuedKeyResponse, KeyInfo, KeyRequest
from serving.problems import problem_responses

router = APIRouter(tags=["keys"])


@router.post(
    "/keys",
    status_code=HTTPStatus.CREATED,
    summary="Make a key",
    responses=problem_responses(HTTPStatus.FORBIDDEN),
)
def issue_key(request: KeyRequest, admin: AdminDep, services: ServicesDep) -> IssuedKeyResponse:
    """The key is shown in this response and never again: only its hash is stored."""
    issued = services.identity.issue_key(
        name=request.name,
        role=request.role,
        user=request.user,
        may_act_for_users=request.may_act_for_users,
        expires_at=request.expires_at,
        actor=admin.principal.user,
    )
    return IssuedKeyResponse(id=issued.id, key=issued.secret)


@router.get("/keys", summary="List keys", responses=problem_responses(HTTPStatus.FORBIDDEN))
def list_keys(admin: AdminDep, services: ServicesDep) -> list[KeyInfo]:
    """Every key, oldest first, without secrets."""
    return [
        KeyInfo.model_validate(key, from_attributes=True) for key in services.identity.list_keys()
    ]


@router.delete(
    "/keys/{key_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Revoke a key",
    responses=problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def revoke_key(key_id: str, admin: AdminDep, services: ServicesDep) -> None:
    """The key is refused from the next request on."""
    services.identity.revoke_key(key_id, actor=admin.principal.user)


@router.get("/me", summary="Who am I?", responses=problem_responses())
def get_caller(caller: CallerDep) -> CallerInfo:
    """The user that the request acts for, with groups and role."""
    return CallerInfo(
        user=caller.principal.user, groups=sorted(caller.principal.groups), role=caller.role
    )
