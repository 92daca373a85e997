"""GET /v1/documents/{id}."""

from __future__ import annotations

from http import HTTPStatus

from serving.documents.schemas import DocumentResponse
from tests.integration.serving.conftest import Company


def test_document_comes_with_its_text_and_where_it_is_from(company: Company) -> None:
    document_id = company.document_id("travel.md")
    body = company.ok("GET", f"/v1/documents/{document_id}", user="ana@acme.test")
    document = DocumentResponse.model_validate(body, extra="forbid")
    assert document.id == document_id
    assert document.title == "Travel policy"
    assert document.path == "travel.md"
    assert document.source == "handbook"
    assert document.updated_at is not None
    assert "at most 140 euros a night" in document.text
    assert document.text_version


def test_failed_document_without_an_earlier_revision_has_no_text(company: Company) -> None:
    failures = company.ok("GET", f"/v1/sources/{company.handbook_id}/failures")["failures"]
    (broken_id,) = (item["document_id"] for item in failures if item["path"] == "broken.json")
    problem = company.refused(HTTPStatus.NOT_FOUND, "GET", f"/v1/documents/{broken_id}")
    assert problem["code"] == "document_not_found"


def test_reading_needs_a_key(company: Company) -> None:
    document_id = company.document_id("travel.md")
    company.refused(HTTPStatus.UNAUTHORIZED, "GET", f"/v1/documents/{document_id}", key="")
