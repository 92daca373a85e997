from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from evaluation.sets import SetIdentity, Turn, load_evaluation_set

_LINE: dict[str, object] = {
    "id": "1",
    "question": "When?",
    "type": "lookup",
    "gold": ["pages/badges.md"],
    "evidence": ["every Wednesday"],
    "answer": "On Wednesdays.",
    "must_contain": ["Wednesday"],
    "history": [{"role": "user", "content": "Hello"}],
}


def _write(folder: Path, *lines: str) -> Path:
    page = folder / "corpus" / "pages" / "badges.md"
    page.parent.mkdir(parents=True)
    page.write_text("New badges are processed every Wednesday.")
    (folder / "questions.jsonl").write_text("\n".join(lines), "utf-8")
    return folder


def test_questions_are_read_in_order(tmp_path: Path) -> None:
    other = {"id": "2", "question": "Why?", "type": "unanswerable", "gold": []}
    loaded = load_evaluation_set(_write(tmp_path, json.dumps(_LINE), "", json.dumps(other)))
    first, second = loaded.questions
    assert loaded.name == tmp_path.name
    assert loaded.corpus == tmp_path / "corpus"
    assert first.history == (Turn(role="user", content="Hello"),)
    assert first.is_answerable
    assert not second.is_answerable
    assert second.must_contain == ()


def test_byte_order_mark_and_line_separators_inside_strings_are_read(tmp_path: Path) -> None:
    line = json.dumps(_LINE | {"answer": "one\u2028two"}, ensure_ascii=False)
    loaded = load_evaluation_set(_write(tmp_path, "\ufeff" + line))
    assert loaded.questions[0].answer == "one\u2028two"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"gold": "pages/badges.md"}, "gold: Input should be a valid tuple"),
        ({"question": ""}, "question: String should have at least 1 character"),
        ({"history": [{"role": "robot", "content": ""}]}, r"history\.0\.role: Input should be"),
        ({"gold": ["lost.md"]}, "gold: 'lost.md' is not in corpus/"),
        ({"id": "1"}, "id: '1' is that of line 1"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, change: dict[str, object], problem: str) -> None:
    bad = _LINE | {"id": "2"} | change
    _write(tmp_path, json.dumps(_LINE), json.dumps(bad))
    with pytest.raises(ConfigurationError, match=rf"questions\.jsonl, line 2: {problem}"):
        load_evaluation_set(tmp_path)


@pytest.mark.parametrize(("line", "problem"), [("{", "not JSON"), ("[]", "the line: Input should")])
def test_line_that_is_no_object_is_named(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=f"line 1: {problem}"):
        load_evaluation_set(_write(tmp_path, line))


def test_set_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no questions"):
        load_evaluation_set(_write(tmp_path, ""))


def test_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no folder .*corpus"):
        load_evaluation_set(tmp_path)
    (tmp_path / "corpus").mkdir()
    with pytest.raises(ConfigurationError, match=r"questions\.jsonl does not exist"):
        load_evaluation_set(tmp_path)


def test_questions_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "questions.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_evaluation_set(tmp_path)


def test_documents_may_lie_elsewhere(tmp_path: Path) -> None:
    _write(tmp_path, json.dumps(_LINE))
    elsewhere = (tmp_path / "corpus").rename(tmp_path / "documents")
    assert load_evaluation_set(tmp_path, corpus=elsewhere).corpus == elsewhere


def test_set_for_a_live_server_needs_no_documents(tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text(json.dumps(_LINE | {"gold": ["wiki/x"]}), "utf-8")
    loaded = load_evaluation_set(tmp_path, is_live=True)
    assert loaded.corpus is None
    assert loaded.identity().corpus_sha256 is None


def test_optional_fields_are_read(tmp_path: Path) -> None:
    fields = {"language": "nl", "source": "wiki", "access": "hr only", "as": "ben@acme.test"}
    (first,) = load_evaluation_set(_write(tmp_path, json.dumps(_LINE | fields))).questions
    assert (first.language, first.source, first.access) == ("nl", "wiki", "hr only")
    assert first.as_user == "ben@acme.test"


def _identity(folder: Path, line: dict[str, object], *, page: str = "") -> SetIdentity:
    _write(folder, json.dumps(line))
    if page:
        (folder / "corpus" / "pages" / "badges.md").write_text(page)
    return load_evaluation_set(folder).identity()


def test_identity_is_that_of_questions_and_documents_and_not_of_their_place(tmp_path: Path) -> None:
    first = _identity(tmp_path / "a" / "set", _LINE)
    assert _identity(tmp_path / "b" / "set", dict(reversed(_LINE.items()))) == first
    other_question = _identity(tmp_path / "c" / "set", _LINE | {"question": "Where?"})
    assert other_question.questions_sha256 != first.questions_sha256
    assert other_question.corpus_sha256 == first.corpus_sha256
    other_page = _identity(tmp_path / "d" / "set", _LINE, page="Something else.")
    assert other_page.questions_sha256 == first.questions_sha256
    assert other_page.corpus_sha256 != first.corpus_sha256
