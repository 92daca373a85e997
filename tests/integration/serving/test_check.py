"""POST /v1/check: a text of somebody else's against passages and documents."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from serving.check.schemas import CheckResponse
from serving.check.service import MAX_CLAIMS, MAX_MATERIAL_CHARS
from tests.integration.serving.conftest import SECRET_WORDS, TRAVEL, Company
from tests.integration.serving.test_keys import ANY_ID
from vouch.cli import cli

ANA = "ana@acme.test"
LEAVE = {"id": "leave", "text": "Full-time employees receive 27 days of paid annual leave. Ask HR."}
HOTELS = {"id": "travel", "title": "Hotels", "text": "They cost at most 140 euros a night."}


def check(company: Company, text: str, **body: Any) -> dict[str, Any]:
    found = company.ok(
        "POST", "/v1/check", user=ANA, json={"text": text, "passages": [LEAVE, HOTELS], **body}
    )
    CheckResponse.model_validate(found, extra="forbid")
    return dict(found)


def test_each_claim_has_its_verdict_its_place_and_its_span(company: Company) -> None:
    text = "Hello! Staff who work full time get 27 days of leave. [1] Hotels cost 200 euros. [2]"
    found = check(company, text)
    first, second = found["claims"]
    assert text[first["start"] : first["end"]].startswith("Staff who work full time")
    assert (first["verdict"], first["is_rightly_cited"]) == ("supported", True)
    (citation,) = first["citations"]
    assert citation["source"] == "leave"
    assert LEAVE["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert second["verdict"] != "supported"
    assert any("200" in outcome["detail"] for outcome in second["checks"])
    assert found["verdict"] == second["verdict"]


def test_wrong_marker_is_put_right_and_named_so(company: Company) -> None:
    (claim,) = check(company, "Full-time employees receive 27 days of paid leave. [2]")["claims"]
    assert claim["verdict"] == "supported"
    assert [citation["source"] for citation in claim["citations"]] == ["leave"]
    assert claim["is_rightly_cited"] is False
    (unmarked,) = check(company, "Full-time employees receive 27 days of paid leave.")["claims"]
    assert unmarked["is_rightly_cited"] is None


def test_part_that_is_not_supported_is_named(company: Company) -> None:
    text = "Full-time employees receive 27 days of paid annual leave and 9 free bicycles."
    (claim,) = check(company, text)["claims"]
    assert claim["verdict"] == "partial"
    assert "9" in claim["unsupported_part"]


def test_text_without_a_claim_has_no_verdict(company: Company) -> None:
    assert check(company, "Hello! How are you?") == {"verdict": None, "claims": []}


def test_documents_are_read_as_the_caller_may(company: Company) -> None:
    document_id = company.document_id("travel.md")
    text = "Trains are booked in second class unless the journey takes more than five hours."
    found = check(company, text, passages=[], document_ids=[document_id])
    (citation,) = found["claims"][0]["citations"]
    assert citation["source"] == document_id
    assert TRAVEL.replace("\n", " ").find(citation["quote"].replace("\n", " ")) > 0


def test_document_that_may_not_be_read_is_as_unknown_as_one_that_is_not(company: Company) -> None:
    secret = company.document_id("hr/salaries.md")
    problems = []
    for document_id in (secret, ANY_ID):
        body = {"text": "Engineers get a bonus.", "document_ids": [document_id]}
        problem = company.refused(HTTPStatus.NOT_FOUND, "POST", "/v1/check", user=ANA, json=body)
        assert not any(word in str(problem) for word in SECRET_WORDS)
        problems.append(problem["detail"].replace(document_id, ""))
    assert problems[0] == problems[1]


def test_key_is_needed(company: Company) -> None:
    body = {"text": "x is y.", "passages": [LEAVE]}
    company.refused(HTTPStatus.UNAUTHORIZED, "POST", "/v1/check", key="", json=body)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"text": "x is y."}, "passages, document_ids"),
        ({"text": "", "passages": [LEAVE]}, "text"),
        ({"text": "x is y.", "passages": [LEAVE, LEAVE]}, "id of its own"),
        ({"text": "x is y.", "passages": [{"text": "y"}] * 101}, "passages"),
        ({"text": "x is y.", "passages": [{**LEAVE, "body": "z"}]}, "body"),
        (
            {"text": "x is y.", "passages": [{"text": "y " * 30_000}] * 2},
            f"{MAX_MATERIAL_CHARS:,}",
        ),
        ({"text": "It is so. " * (MAX_CLAIMS + 1), "passages": [LEAVE]}, f"{MAX_CLAIMS} are"),
    ],
)
def test_what_cannot_be_checked_is_refused_saying_why(
    company: Company, body: dict[str, Any], told: str
) -> None:
    problem = company.refused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/check", user=ANA, json=body
    )
    assert told in str(problem)


def test_command_prints_each_claim_and_fails_for_what_is_unsupported(
    company: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_URL", company.vouch.url)
    monkeypatch.setenv("VOUCH_API_KEY", company.vouch.admin_key)
    passage, good, bad = (tmp_path / name for name in ("leave.txt", "good.md", "bad.md"))
    passage.write_text(LEAVE["text"])
    good.write_text("Full-time employees receive 27 days of paid leave.")
    bad.write_text("Full-time employees receive 30 days of paid leave.")
    shown = CliRunner().invoke(cli, ["check", str(good), "--passage", str(passage)])
    assert shown.exit_code == 0, shown.output
    assert "supported" in shown.output
    refused = CliRunner().invoke(cli, ["check", str(bad), "--passage", str(passage)])
    assert refused.exit_code == 1
    assert "“30 days”" in refused.output
    assert CliRunner().invoke(cli, ["check", str(good)]).exit_code == 2
