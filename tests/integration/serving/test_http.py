"""What holds for the whole API: problems, request ids, documentation, probes, logs."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from retrieval.index.contract import IndexUnavailable
from serving.problems import Problem
from tests.integration.serving.conftest import Company
from tests.integration.serving.test_keys import OPENAI_ENDPOINTS


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v2/search", "/v1/documents/a/b"])
def test_unknown_route_is_a_problem(company: Company, path: str) -> None:
    problem = company.refused(HTTPStatus.NOT_FOUND, "GET", path)
    Problem.model_validate(problem, extra="forbid")
    assert problem["code"] == "not_found"


def test_wrong_method_is_a_problem_that_says_which_is_right(company: Company) -> None:
    response = company.call("GET", "/v1/search")
    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b""])
def test_broken_body_is_a_problem(company: Company, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/search", content=body, headers=headers
    )
    assert problem["errors"]


def test_body_in_another_encoding_is_a_problem(company: Company) -> None:
    headers = {"Content-Type": "application/json"}
    body = '{"query": "Größe"}'.encode("latin-1")
    response = company.call("POST", "/v1/search", content=body, headers=headers)
    assert response.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    Problem.model_validate(response.json(), extra="forbid")


def test_callers_request_id_comes_back_on_success_and_on_failure(company: Company) -> None:
    headers = {"X-Request-ID": "trace-1"}
    response = company.call("GET", "/v1/me", headers=headers)
    assert response.headers["x-request-id"] == "trace-1"
    problem = company.refused(HTTPStatus.UNAUTHORIZED, "GET", "/v1/me", key="", headers=headers)
    assert problem["request_id"] == "trace-1"


def test_probes_and_metrics_need_no_key_and_name_no_document(company: Company) -> None:
    for path in ("/health/live", "/health/ready"):
        assert company.ok("GET", path, key="") == {"status": "ok"}
    company.ok("POST", "/v1/answer", user="ana@acme.test", json={"question": "annual leave?"})
    metrics = company.call("GET", "/metrics", key="").text
    assert "vouch_answers_total" in metrics
    assert "leave" not in metrics
    assert "acme.test" not in metrics


@pytest.fixture(scope="module")
def operations(company: Company) -> list[tuple[str, dict[str, Any]]]:
    paths = company.ok("GET", "/openapi.json", key="")["paths"]
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if path.startswith("/v1/") and path not in OPENAI_ENDPOINTS
    ]


def test_documentation_lists_the_problems_of_every_endpoint(
    operations: list[tuple[str, dict[str, Any]]],
) -> None:
    assert len(operations) >= 18
    for name, operation in operations:
        assert {"401", "422"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                assert "application/problem+json" in response["content"], (name, status)
        if name != "GET /v1/me":
            assert "403" in operation["responses"], name
        if "{" in name and not name.startswith("PUT"):
            assert "404" in operation["responses"], name


def test_documented_problem_has_the_schema_of_a_problem_under_its_own_media_type(
    operations: list[tuple[str, dict[str, Any]]],
) -> None:
    for name, operation in operations:
        for status, response in operation["responses"].items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                schema = response["content"]["application/problem+json"].get("schema", {})
                assert schema.get("$ref", "").endswith("/Problem"), (name, status)
                assert set(response["content"]) == {"application/problem+json"}, (name, status)


def test_documentation_of_answers_shows_examples_of_requests_and_responses(
    company: Company,
) -> None:
    schema = company.ok("GET", "/openapi.json", key="")["paths"]["/v1/answer"]["post"]
    asked = schema["requestBody"]["content"]["application/json"]["examples"]
    answered = schema["responses"]["200"]["content"]["application/json"]["examples"]
    assert {"question", "follow-up"} <= set(asked)
    assert {"answered", "abstained"} <= set(answered)


def test_logs_hold_neither_questions_nor_keys_even_when_the_request_fails(
    company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    question = "Where is the xylophone kept?"
    body = {"query": question}
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events:
        company.ok("POST", "/v1/search", json=body)
        company.ok("POST", "/v1/answer", json={"question": question})
        company.call("POST", "/v1/search", json={**body, "top_k": 0})
        company.call("POST", "/v1/search", json={"query": question * 200})
        company.call("POST", "/v1/search", key="vouch_unknownkey", json=body)
        index = company.vouch.embedded.services.index
        for error in (IndexUnavailable("Try again.", operator_detail="disk"), OSError("broken")):

            def fail(*_: Any, error: Exception = error) -> None:
                raise error

            with monkeypatch.context() as patch:
                patch.setattr(index, "search", fail)
                company.call("POST", "/v1/search", json=body)
    assert {event["event"] for event in events} == {"request_failed", "unexpected_error"}
    # The test's own HTTP client logs what it sends; it is not the server.
    records = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    logged = str(events) + "".join(r.getMessage() + str(r.exc_text or "") for r in records)
    for secret in ("xylophone", company.vouch.admin_key, "vouch_unknownkey"):
        assert secret not in logged


def test_unexpected_error_is_a_problem_that_says_nothing_of_its_cause(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("/secret/path is broken")

    monkeypatch.setattr(company.vouch.embedded.services.index, "search", fail)
    with capture_logs():
        problem = company.refused(
            HTTPStatus.INTERNAL_SERVER_ERROR, "POST", "/v1/search", json={"query": "leave"}
        )
    assert problem["code"] == "internal_error"
    assert "secret" not in str(problem)


def test_idle_connection_is_kept_for_longer_than_clients_keep_theirs(company: Company) -> None:
    connection = HTTPConnection(company.vouch.url.removeprefix("http://"), timeout=30)
    # What has been closed is not opened again.
    connection.auto_open = False
    connection.connect()
    with closing(connection):
        for idle_s in (0, httpx.Limits().keepalive_expiry or 0):
            time.sleep(idle_s + 0.5)
            connection.request("GET", "/health/live")
            assert connection.getresponse().read()
