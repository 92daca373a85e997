"""/v1/credentials."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from serving.dependencies import AdminDep, ServicesDep
from serving.problems import problem_responses

router = APIRouter(prefix="/credentials", tags=["sources"])


class Rotation(BaseModel):
    """What a rotation did."""

    sources: int = Field(description="Sources whose credentials were encrypted anew.")


@router.post(
    "/rotate",
    summary="Rotate the encryption key",
    responses=problem_responses(HTTPStatus.FORBIDDEN),
)
def rotate(admin: AdminDep, services: ServicesDep) -> Rotation:
    """Encrypts every source's credentials with a new key and destroys the old one."""
    return Rotation(sources=services.credentials.rotate(actor=admin.principal.user))
