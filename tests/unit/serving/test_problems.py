"""Every error that Vouch raises has a status, and every client gets it as problem details."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel
from structlog.testing import capture_logs

from core.errors import (
    ConfigurationError,
    PermanentError,
    RequestError,
    TransientError,
    VouchError,
)
from core.identity import NotAuthenticated
from retrieval.index.contract import IndexUnavailable
from retrieval.pipeline import QueryTooLong
from serving.middleware import RequestIdMiddleware
from serving.problems import STATUS_BY_ERROR, Problem, install_problem_handlers, status_of

_PACKAGES = ("core", "connectors", "retrieval", "serving", "ingest", "vouch")
# Run by Alembic, which provides what they import.
_NOT_IMPORTED = "core.catalog.migrations"

_BRANCHES = (RequestError, ConfigurationError, PermanentError, TransientError)

# Request errors that no endpoint can raise, so that their status never reaches anyone.
_NEVER_SERVED = {
    "ApiProblem": "the client's own: it is raised by whoever receives a problem",
}


def _import_everything() -> None:
    for package_name in _PACKAGES:
        package = importlib.import_module(package_name)
        for module in pkgutil.walk_packages(package.__path__, f"{package_name}."):
            if not module.name.startswith(_NOT_IMPORTED) and not module.name.endswith("__main__"):
                importlib.import_module(module.name)


def _leaves(kind: type[VouchError]) -> Iterator[type[VouchError]]:
    children = [
        child for child in kind.__subclasses__() if child.__module__.split(".")[0] in _PACKAGES
    ]
    if not children:
        yield kind
    for child in children:
        yield from _leaves(child)


_import_everything()
_ALL_LEAVES = sorted(set(_leaves(VouchError)), key=lambda kind: kind.__name__)
_REQUEST_LEAVES = [kind for kind in _ALL_LEAVES if issubclass(kind, RequestError)]


def test_the_walk_sees_errors_of_every_floor() -> None:
    floors = {kind.__module__.split(".")[0] for kind in _ALL_LEAVES}
    assert floors == set(_PACKAGES)


@pytest.mark.parametrize("kind", _ALL_LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_belongs_to_one_branch_and_has_a_status(kind: type[VouchError]) -> None:
    assert sum(issubclass(kind, branch) for branch in _BRANCHES) == 1
    error = kind.__new__(kind)
    status = status_of(error)
    if issubclass(kind, RequestError):
        assert 400 <= status < 500
    elif issubclass(kind, TransientError):
        assert status == HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.parametrize("kind", _ALL_LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_title_of_its_own_branch_or_better(kind: type[VouchError]) -> None:
    assert kind.title
    if issubclass(kind, RequestError) and kind.__name__ not in _NEVER_SERVED:
        assert kind.title != VouchError.title


@pytest.mark.parametrize("kind", _REQUEST_LEAVES, ids=lambda kind: kind.__name__)
def test_every_request_error_has_a_status_chosen_for_it(kind: type[VouchError]) -> None:
    if kind.__name__ in _NEVER_SERVED:
        return
    assert kind in STATUS_BY_ERROR
    assert STATUS_BY_ERROR[kind] != HTTPStatus.BAD_REQUEST


def test_codes_are_unique_because_programs_tell_errors_apart_by_them() -> None:
    codes = [kind.__new__(kind).code for kind in _ALL_LEAVES]
    assert len(codes) == len(set(codes))


class _Body(BaseModel):
    count: int


def _app() -> FastAPI:
    app = FastAPI()
    install_problem_handlers(app)
    app.add_middleware(RequestIdMiddleware)

    @app.get("/too-long")
    def too_long() -> None:
        raise QueryTooLong("Shorten it.", limit_chars=10)

    @app.get("/no-key")
    def no_key() -> None:
        raise NotAuthenticated("Send a key.")

    @app.get("/unavailable")
    def unavailable() -> None:
        raise IndexUnavailable("Try again.", retry_after_s=1.6, operator_detail="disk on fire")

    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("secret inner state")

    @app.post("/typed")
    def typed(body: _Body) -> int:
        return body.count

    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(_app(), raise_server_exceptions=False) as client:
        yield client


def _problem(response: Any, status: int) -> Problem:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(response.json())
    assert problem.status == status
    assert problem.type.endswith(f"/{problem.code}")
    return problem


def test_request_error_carries_its_code_detail_and_data(client: TestClient) -> None:
    problem = _problem(client.get("/too-long"), 422)
    assert problem.code == "query_too_long"
    assert problem.title == "Query too long"
    assert problem.detail == "Shorten it."
    assert problem.instance == "/too-long"
    assert problem.data == {"limit_chars": 10}


def test_missing_key_is_answered_with_how_to_authenticate(client: TestClient) -> None:
    response = client.get("/no-key")
    _problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"


def test_transient_error_says_when_to_try_again_and_keeps_the_cause_for_the_log(
    client: TestClient,
) -> None:
    with capture_logs() as logs:
        response = client.get("/unavailable")
    _problem(response, 503)
    assert response.headers["retry-after"] == "2"
    assert "disk on fire" not in response.text
    assert [line["operator_detail"] for line in logs] == ["disk on fire"]


def test_expected_error_of_the_caller_is_not_logged(client: TestClient) -> None:
    with capture_logs() as logs:
        client.get("/too-long")
    assert logs == []


def test_bug_is_logged_once_and_its_message_is_not_shown(client: TestClient) -> None:
    with capture_logs() as logs:
        response = client.get("/bug")
    problem = _problem(response, 500)
    assert problem.code == "internal_error"
    assert "secret inner state" not in response.text
    assert [line["event"] for line in logs] == ["unexpected_error"]


def test_bug_can_be_found_in_the_log_by_the_request_id_that_the_client_was_told() -> None:
    with (
        TestClient(_app(), raise_server_exceptions=False) as client,
        capture_logs(processors=[_merge_contextvars]) as logs,
    ):
        response = client.get("/bug", headers={"X-Request-ID": "abc-1"})
    assert _problem(response, 500).request_id == "abc-1"
    assert response.headers["x-request-id"] == "abc-1"
    assert logs[0]["request_id"] == "abc-1"


def _merge_contextvars(logger: Any, name: str, event: Any) -> Any:
    from structlog.contextvars import merge_contextvars

    return merge_contextvars(logger, name, event)


@pytest.mark.parametrize(
    "body", ['{"count": "hunter2"}', '{"count": 1.5, "hunter2": 1}', "hunter2", '{"hunter2"', ""]
)
def test_invalid_body_names_the_field_and_never_echoes_the_input(
    client: TestClient, body: str
) -> None:
    response = client.post("/typed", content=body, headers={"Content-Type": "application/json"})
    problem = _problem(response, 422)
    assert problem.code == "invalid_request"
    assert problem.errors
    assert all(field.pointer.startswith("#/") for field in problem.errors)
    assert "hunter2" not in response.text


def test_invalid_field_is_pointed_at(client: TestClient) -> None:
    problem = _problem(client.post("/typed", json={"count": "x"}), 422)
    assert [field.pointer for field in problem.errors] == ["#/count"]


def test_unknown_route_and_method_are_problems_too(client: TestClient) -> None:
    assert _problem(client.get("/nowhere"), 404).code == "not_found"
    response = client.get("/typed")
    assert _problem(response, 405).code == "method_not_allowed"
    assert response.headers["allow"] == "POST"


def test_callers_request_id_is_echoed_in_header_and_problem(client: TestClient) -> None:
    response = client.get("/too-long", headers={"X-Request-ID": "trace.1-a_B"})
    assert response.headers["x-request-id"] == "trace.1-a_B"
    assert response.json()["request_id"] == "trace.1-a_B"


@pytest.mark.parametrize("given", ["", "two words", "a" * 65, "<script>", 'x"y', "é"])
def test_request_id_that_is_no_plain_token_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/too-long", headers=[(b"X-Request-ID", given.encode("latin-1"))])
    made = response.headers["x-request-id"]
    assert made != given
    assert len(made) == 36
    assert response.json()["request_id"] == made


def test_two_requests_get_two_ids(client: TestClient) -> None:
    ids = {client.get("/too-long").headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
