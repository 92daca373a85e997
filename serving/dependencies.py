"""What an endpoint may ask for."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from core.identity import Caller, Right
from serving.services import Services

ACT_FOR_HEADER = "X-Vouch-User"
_BEARER = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer KEY`.")


def _services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


ServicesDep = Annotated[Services, Depends(_services)]


def _caller(
    services: ServicesDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    act_for: Annotated[
        str | None,
        Header(
            alias=ACT_FOR_HEADER,
            description="Act for this user; only a key that may act for users can.",
            max_length=255,
        ),
    ] = None,
) -> Caller:
    secret = credentials.credentials if credentials else None
    return services.identity.authenticate(secret, act_for=act_for)


CallerDep = Annotated[Caller, Depends(_caller)]


def _admin(caller: CallerDep) -> Caller:
    caller.require(Right.ADMINISTER)
    return caller


AdminDep = Annotated[Caller, Depends(_admin)]
