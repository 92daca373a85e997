"""Kept answers: gone with their documents, withheld with their access, exported as a set."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, text

from core.answers import GivenAnswer, GivenCitation, GivenClaim
from core.catalog.models import (
    AnswerFeedback,
    AuditEvent,
    Document,
    RecordedCitation,
    RecordedClaim,
)
from evaluation.runs import read_run
from evaluation.sets import load_evaluation_set
from tests.integration.conftest import RunningVouch
from vouch.cli import cli

_LEAVE = "# Leave\n\nFull-time employees receive 27 days of paid annual leave.\n"
_QUESTION = "How many days of annual leave do employees receive?"
_ANA = "ana@acme.test"


def _ask(vouch: RunningVouch, question: str = _QUESTION) -> str:
    return str(vouch.client_for(_ANA).post("/v1/answer", {"question": question})["id"])


def _ingested(vouch: RunningVouch, docs: Path, *, acl: list[str] | None = None) -> str:
    (docs / "leave.md").write_text(_LEAVE)
    (docs / "other.md").write_text("# Travel\n\nTrains are second class.\n")
    source_id = vouch.register(docs, acl=acl or ["everyone"])
    vouch.sync(source_id)
    return source_id


def test_deleted_document_takes_the_claims_that_cite_it_along(
    vouch: RunningVouch, docs: Path
) -> None:
    source_id = _ingested(vouch, docs)
    answer_id = _ask(vouch)
    vouch.client_for(_ANA).put(f"/v1/answers/{answer_id}/feedback", {"verdict": "up"})
    (docs / "leave.md").unlink()
    assert vouch.sync(source_id)["deleted"] == 1
    answer = vouch.client_for(_ANA).get(f"/v1/answers/{answer_id}")
    assert (answer["claims"], answer["is_complete"]) == ([], False)
    assert answer["feedback"]["verdict"] == "up"
    with vouch.embedded.services.database.read() as session:
        assert session.scalars(select(RecordedClaim)).all() == []
        assert session.scalars(select(RecordedCitation)).all() == []


def test_deleted_document_takes_what_was_said_of_it_along(vouch: RunningVouch, docs: Path) -> None:
    source_id = _ingested(vouch, docs)
    document_id = _document_id(vouch, "leave.md")
    cites_it, expects_it, has_it_as_gold = (
        _ask(vouch),
        _ask(vouch, "Is there a gym?"),
        _ask(vouch, "Is there a gym?"),
    )
    words = {"verdict": "down", "comment": "27 is wrong", "expected_answer": "It is 28."}
    client = vouch.client_for(_ANA)
    client.put(f"/v1/answers/{cites_it}/feedback", words)
    client.put(f"/v1/answers/{expects_it}/feedback", {**words, "expected_documents": [document_id]})
    client.put(f"/v1/answers/{has_it_as_gold}/feedback", {"verdict": "down"})
    case = {"gold": [document_id], "answer": "27 days.", "must_contain": ["27"]}
    vouch.admin.put(f"/v1/feedback/{has_it_as_gold}/review", {"decision": "accepted", **case})
    (docs / "leave.md").unlink()
    assert vouch.sync(source_id)["deleted"] == 1
    with vouch.embedded.services.database.read() as session:
        for row in session.scalars(select(AnswerFeedback)):
            assert (row.comment, row.expected_answer) == ("", "")
            assert (row.case_answer, row.case_must_contain) == ("", [])
        receipts = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "document_deleted")
        ).all()
    assert [(receipt.subject, receipt.details["kept_claims"]) for receipt in receipts] == [
        (document_id, 1)
    ]


def test_quote_that_was_edited_out_is_forgotten(vouch: RunningVouch, docs: Path) -> None:
    source_id = _ingested(vouch, docs)
    answer_id = _ask(vouch)
    client = vouch.client_for(_ANA)
    (docs / "leave.md").write_text(f"{_LEAVE}\nAsk your manager first.\n")
    assert vouch.sync(source_id)["changed"] == 1
    assert client.get(f"/v1/answers/{answer_id}")["is_complete"]
    client.put(f"/v1/answers/{answer_id}/feedback", {"verdict": "down", "comment": "Outdated!"})
    (docs / "leave.md").write_text("# Leave\n\nThis page is being rewritten.\n")
    assert vouch.sync(source_id)["changed"] == 1
    answer = client.get(f"/v1/answers/{answer_id}")
    assert (answer["claims"], answer["is_complete"]) == ([], False)
    # Who may read the page still may know what was said of the answer.
    assert answer["feedback"]["comment"] == "Outdated!"
    with vouch.embedded.services.database.read() as session:
        assert session.scalars(select(RecordedCitation.quote)).all() == [""]
        assert session.scalars(select(RecordedClaim.text)).all() == [""]


def test_claim_from_an_earlier_text_of_its_document_is_not_kept(
    vouch: RunningVouch, docs: Path
) -> None:
    _ingested(vouch, docs)
    document_id = _document_id(vouch, "leave.md")
    with vouch.embedded.services.database.read() as session:
        version = session.get_one(Document, document_id).text_version or ""
    answers = vouch.embedded.services.answers
    for answer_id, text_version in (("now", version), ("before", "another")):
        cited = GivenCitation(document_id=document_id, text_version=text_version, quote="27 days")
        answers.record(
            GivenAnswer(
                id=answer_id,
                asker=_ANA,
                question=_QUESTION,
                earlier_questions=(),
                claims=(GivenClaim("27 days.", (cited,)),),
                model="extractive",
            )
        )
    client = vouch.client_for(_ANA)
    assert client.get("/v1/answers/now")["is_complete"]
    answer = client.get("/v1/answers/before")
    assert (answer["claims"], answer["is_complete"]) == ([], False)


def test_answer_does_not_wait_for_others_who_write(vouch: RunningVouch, docs: Path) -> None:
    _ingested(vouch, docs)
    with vouch.embedded.services.database.write() as session:
        session.connection()  # Only now is the lock taken.
        answer_id = _ask(vouch)
    # Had the answer waited for the lock, it would have given up, and would not be kept.
    assert vouch.client_for(_ANA).get(f"/v1/answers/{answer_id}")["is_complete"]


def test_claim_is_withheld_from_its_asker_once_the_document_may_not_be_read(
    vouch: RunningVouch, docs: Path
) -> None:
    source_id = _ingested(vouch, docs, acl=["group:staff"])
    vouch.admin.put("/v1/groups/staff", {"users": [_ANA]})
    answer_id = _ask(vouch)
    client = vouch.client_for(_ANA)
    assert "27 days" in str(client.get(f"/v1/answers/{answer_id}"))
    vouch.admin.put("/v1/groups/staff", {"users": []})
    answer = client.get(f"/v1/answers/{answer_id}")
    assert (answer["claims"], answer["is_complete"]) == ([], False)
    assert "27" not in str(answer["claims"])
    vouch.admin.delete(f"/v1/sources/{source_id}")


def test_answer_that_cannot_be_kept_goes_out_and_is_counted(
    vouch: RunningVouch, docs: Path
) -> None:
    _ingested(vouch, docs)
    with vouch.embedded.services.database.write() as session:
        session.execute(text("ALTER TABLE answers RENAME TO gone"))
    before = _not_kept(vouch)
    answer = vouch.client_for(_ANA).post("/v1/answer", {"question": _QUESTION})
    assert "27 days" in answer["answer"]
    vouch.embedded.services.recorder.settle(answer["id"])
    assert _not_kept(vouch) == before + 1


def test_judged_answers_become_a_set_that_runs_against_the_same_server(
    vouch: RunningVouch, docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ingested(vouch, docs)
    monkeypatch.setenv("VOUCH_URL", vouch.url)
    monkeypatch.setenv("VOUCH_API_KEY", vouch.admin_key)
    good, bad, waiting = _ask(vouch), _ask(vouch, "Is there a gym?"), _ask(vouch)
    _ok("feedback", "give", good, "up", "--as", _ANA)
    _ok("feedback", "give", bad, "down", "--as", _ANA, "--reason", "not_answerable")
    _ok("feedback", "give", waiting, "down", "--as", _ANA, "--comment", "Look here.")
    assert good in _ok("feedback", "list")
    assert "Look here." in _ok("feedback", "show", waiting)
    _ok("feedback", "review", good, "accepted", "--must-contain", "27")
    _ok("feedback", "review", bad, "accepted", "--type", "unanswerable")
    folder = tmp_path / "set"
    output = _ok("eval", "export", "--out", str(folder), "--unreviewed")
    assert "2 questions" in output
    assert "Left out: 1" in output
    exported = load_evaluation_set(folder, is_live=True)
    assert {question.id: question.gold for question in exported.questions} == {
        good: ("leave.md",),
        bad: (),
    }
    runs = ["--name", "live", "--runs", str(tmp_path / "runs")]
    _ok("eval", "run", str(folder), "--server", vouch.url, "--api-key", vouch.admin_key, *runs)
    run = read_run(tmp_path / "runs" / "live.json")
    found = {result.question.id: result.metrics.get("recall@1") for result in run.results}
    assert found == {good: 1.0, bad: None}


def test_nothing_judged_is_nothing_exported(
    vouch: RunningVouch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_URL", vouch.url)
    monkeypatch.setenv("VOUCH_API_KEY", vouch.admin_key)
    result = CliRunner().invoke(cli, ["eval", "export", "--out", str(tmp_path / "set")])
    assert "nothing to export" in str(result.exception)
    assert not (tmp_path / "set").exists()


def _document_id(vouch: RunningVouch, path: str) -> str:
    hits = vouch.admin.post("/v1/search", {"query": path, "top_k": 50})["hits"]
    return next(str(hit["document"]["id"]) for hit in hits if hit["document"]["path"] == path)


def _ok(*arguments: str) -> str:
    result: Result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def _not_kept(vouch: RunningVouch) -> float:
    name = "vouch_answers_not_kept_total"
    lines = httpx.get(f"{vouch.url}/metrics", trust_env=False).text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))
