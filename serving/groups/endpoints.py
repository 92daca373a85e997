"""/v1/groups."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter

from serving.dependencies import AdminDep, ServicesDep
from serving.groups.schemas import GroupInfo, GroupRequest
from serving.problems import problem_responses

router = APIRouter(tags=["groups"])


@router.put(
    "/groups/{name}", summary="Set a group", responses=problem_responses(HTTPStatus.FORBIDDEN)
)
def set_group(
    name: str, request: GroupRequest, admin: AdminDep, services: ServicesDep
) -> GroupInfo:
    """Replace the group's members; it holds from the next request on."""
    services.identity.set_group(name, request.users, actor=admin.principal.user)
    return GroupInfo(name=name, users=sorted(set(request.users)))


@router.get("/groups", summary="List groups", responses=problem_responses(HTTPStatus.FORBIDDEN))
def list_groups(admin: AdminDep, services: ServicesDep) -> list[GroupInfo]:
    """Every group with its members."""
    return [
        GroupInfo(name=name, users=users) for name, users in services.identity.list_groups().items()
    ]
