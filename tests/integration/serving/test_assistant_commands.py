"""`vouch assistants` against a running server."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from core.errors import ConfigurationError
from tests.integration.serving.conftest import Company
from vouch.cli import cli
from vouch.client import ApiProblem


@pytest.fixture(autouse=True)
def _at_the_company(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOUCH_URL", company.vouch.url)
    monkeypatch.setenv("VOUCH_API_KEY", company.vouch.admin_key)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def ok(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_assistant_is_defined_shown_changed_asked_and_removed(company: Company) -> None:
    added = ok(
        *("assistants", "add", "helper", "--owner", "People team <people@acme.test>"),
        *("--description", "Leave.", "--acl", "group:hr", "--acl", "user:ana@acme.test"),
        *("--source", "handbook", "--unsupported", "mark", "--tier", "large", "--language", "de"),
    )
    assert ok("assistants", "show", "helper") == added
    assert added.splitlines() == [
        "name: helper",
        "description: Leave.",
        "owner: People team <people@acme.test>",
        "may use it: group:hr user:ana@acme.test",
        "sources: handbook",
        "unsupported sentences: mark",
        "model tier: large",
        "language: de",
    ]
    listed = ok("assistants", "list").splitlines()
    assert listed[0].startswith("vouch  ")
    assert listed[1] == "helper  owner People team <people@acme.test>"

    changed = ok(
        *("assistants", "change", "helper", "--all-sources", "--tier", "any"),
        *("--language", "any", "--owner", "HR <hr@acme.test>"),
    ).splitlines()
    assert "sources: all" in changed
    assert "model tier: in the configured order" in changed
    assert "language: the question's" in changed
    assert "owner: HR <hr@acme.test>" in changed
    assert "may use it: group:hr user:ana@acme.test" in changed

    asked = ("ask", "How long is annual leave?", "--assistant", "helper", "--json")
    answer = json.loads(ok(*asked, "--as", "ana@acme.test"))
    kept = company.ok("GET", f"/v1/answers/{answer['id']}", user="ana@acme.test")
    assert kept["assistant"] == "helper"
    refused = run(*asked, "--as", "ben@acme.test").exception
    assert isinstance(refused, ApiProblem)

    assert ok("assistants", "remove", "helper") == "Removed helper.\n"
    assert isinstance(run("assistants", "show", "helper").exception, ApiProblem)


def test_reader_is_not_shown_sources_and_readers(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_API_KEY", company.key("reader", "ana@acme.test"))
    shown = ok("assistants", "show", "vouch").splitlines()
    assert "sources: shown to admins" in shown
    assert isinstance(run("assistants", "remove", "vouch").exception, ApiProblem)


def test_owner_without_a_contact_is_refused() -> None:
    result = run("assistants", "add", "x", "--owner", "People team")
    assert isinstance(result.exception, ConfigurationError)


def test_all_sources_and_some_is_a_contradiction() -> None:
    result = run("assistants", "change", "x", "--all-sources", "--source", "handbook")
    assert result.exit_code == 2
    assert "--all-sources" in result.output
