"""MTRAG's three forms, with the names, ids and oddities of the published files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError
from evaluation.importers.importing import import_set
from evaluation.importers.mtrag_retrieval import split_turns
from evaluation.sets import Turn
from tests.unit.evaluation.importers.files import imported, texts, write_lines

_LONDON = {
    "document_id": "822086267_6698-7277-0-579",
    "text": "2017 season\nThe Cardinals play in London.",
    "title": "2017 season",
    "score": 26.4,
    "feedback": {"relevant": {"a": {"value": "yes", "timestamp": 1724711611}}},
    "query": {"query": {}},
}
_MEXICO = {"document_id": "822086267_1-2-0-1", "text": "They played in Mexico.", "score": 1.5}
_ILLINOIS = {"document_id": "866343245_1-2-0-1", "text": "Illinois\nA state.", "title": "Illinois"}


def _said(speaker: str, text: str, **more: Any) -> dict[str, Any]:
    return {"speaker": speaker, "text": text, "metadata": {"author_type": "human"}, **more}


def _task(turn: int, label: str, passages: list[Any], **change: Any) -> dict[str, Any]:
    earlier = [_said("user", "where do they play"), _said("agent", "I'm sorry.")]
    return {
        "conversation_id": "dd6b",
        "task_id": f"dd6b<::>{turn}",
        "task_type": "rag",
        "turn": str(turn),
        "dataset": "MT-RAG Authors (Internal)",
        "contexts": passages,
        "input": [*(earlier if turn > 1 else []), _said("user", f"Question {turn}? ")],
        "targets": [_said("agent", f"Answer {turn}.")],
        "Question Type": ["Factoid"],
        "Multi-Turn": ["N/A"] if turn == 1 else ["Follow-up"],
        "Answerability": [label],
        "Collection": "mt-rag-clapnq-elser-512-100-20240503",
        **change,
    }


def test_tasks_become_questions_with_their_history(tmp_path: Path) -> None:
    file = write_lines(
        tmp_path / "reference.jsonl",
        [
            _task(1, "UNANSWERABLE", []),
            _task(2, "ANSWERABLE", [_LONDON, _MEXICO]),
            _task(3, "PARTIAL", [_LONDON]),
        ],
    )
    loaded, summary = imported("mtrag", file, tmp_path)
    first, second, third = loaded.questions
    assert (first.type, first.gold, first.is_answerable) == ("unanswerable", (), False)
    assert (second.id, second.question, second.type) == ("dd6b<::>2", "Question 2?", "factoid")
    assert second.gold == ("822086267_6698-7277-0-579.html",)
    assert second.answer == "Answer 2."
    assert second.history == (
        Turn(role="user", content="where do they play"),
        Turn(role="assistant", content="I'm sorry."),
    )
    assert (third.type, third.is_answerable) == ("partial", True)
    assert (summary.documents, summary.questions, summary.unanswerable) == (2, 3, 1)
    assert summary.left_out == {}
    line = json.loads((tmp_path / "imported" / "questions.jsonl").read_text().split("\n")[1])
    assert line["multi_turn"] == ["Follow-up"]
    assert line["collection"].startswith("mt-rag-clapnq")


def test_labels_of_the_first_release_and_missing_ones_are_read(tmp_path: Path) -> None:
    old = _task(2, "", [_LONDON], answerability=["UNANSWERABLE"], collection="c", targets=None)
    del old["Answerability"], old["Collection"]
    bare = _task(3, "", [_LONDON]) | {"Answerability": float("nan"), "Question Type": float("nan")}
    file = write_lines(tmp_path / "responses.jsonl", [old, bare])
    assert "NaN" in file.read_text()
    loaded, _ = imported("mtrag", file, tmp_path)
    assert [(q.type, len(q.gold), q.answer) for q in loaded.questions] == [
        ("unanswerable", 0, ""),
        ("lookup", 1, "Answer 3."),
    ]


def test_retrieved_passages_are_gold_only_where_marked_as_reference(tmp_path: Path) -> None:
    marked = {**_MEXICO, "reference": True}
    file = write_lines(
        tmp_path / "RAG.jsonl",
        [_task(2, "ANSWERABLE", [marked, _ILLINOIS]), _task(3, "ANSWERABLE", [_ILLINOIS])],
    )
    loaded, summary = imported("mtrag", file, tmp_path)
    assert [question.gold for question in loaded.questions] == [("822086267_1-2-0-1.txt",)]
    assert summary.documents == 2
    assert summary.left_out == {"question without a passage that annotators hold relevant": 1}


def test_last_vote_on_a_passage_counts(tmp_path: Path) -> None:
    votes = {
        "reviewer": {"value": "no", "timestamp": 1726476057},
        "author": {"value": "yes", "timestamp": 1724708754},
    }
    overruled = {**_LONDON, "feedback": {"relevant": votes}}
    file = write_lines(
        tmp_path / "r.jsonl", [_task(2, "ANSWERABLE", [overruled, _LONDON | _yes()])]
    )
    loaded, _ = imported("mtrag", file, tmp_path)
    assert loaded.questions[0].gold == ("other.html",)


def _yes() -> dict[str, Any]:
    return {"document_id": "other"}


@pytest.mark.parametrize("answerability", ["CONVERSATIONAL", "UNDERSPECIFIED"])
def test_turn_that_asks_nothing_of_documents_is_left_out(
    tmp_path: Path, answerability: str
) -> None:
    tasks = [_task(1, "UNANSWERABLE", []), _task(2, answerability, [_LONDON])]
    _, summary = imported("mtrag", write_lines(tmp_path / "r.jsonl", tasks), tmp_path)
    assert summary.questions == 1
    assert summary.left_out == {f"question with the answerability {answerability}": 1}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"input": []}, r"r\.jsonl, line 2: input: List should have at least 1 item"),
        ({"input": [{"speaker": "robot", "text": ""}]}, r"line 2: input\.0\.speaker: Input should"),
        ({"input": [_said("agent", "x")]}, "line 2: input: the last turn must be the user's"),
        ({"contexts": [{"text": "x"}]}, r"line 2: contexts\.0\.document_id: Field required"),
    ],
)
def test_bad_task_is_named(tmp_path: Path, change: dict[str, Any], problem: str) -> None:
    file = write_lines(
        tmp_path / "r.jsonl", [_task(1, "UNANSWERABLE", []), _task(2, "ANSWERABLE", [], **change)]
    )
    with pytest.raises(ConfigurationError, match=problem):
        import_set("mtrag", file, tmp_path / "imported")


def test_corpus_adds_what_was_never_shown(tmp_path: Path) -> None:
    packed = tmp_path / "clapnq.jsonl.zip"
    lines = [
        {"_id": _LONDON["document_id"], "text": "As ingested.", "title": "2017 season"},
        {"id": "never-shown", "text": "Somewhere else.", "title": "Else", "url": "https://x.test"},
    ]
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("clapnq.jsonl", "\n".join(json.dumps(line) for line in lines))
        archive.writestr("__MACOSX/._clapnq.jsonl", "shadow")
    file = write_lines(tmp_path / "reference.jsonl", [_task(2, "ANSWERABLE", [_LONDON, _MEXICO])])
    loaded, summary = imported("mtrag", file, tmp_path, corpus=packed)
    corpus = texts(loaded)
    assert set(corpus) == {
        "822086267_6698-7277-0-579.html",
        "never-shown.html",
        "822086267_1-2-0-1.txt",
    }
    assert "As ingested." in corpus[loaded.questions[0].gold[0]]
    assert summary.left_out == {}


def test_conversations_become_a_question_a_turn(tmp_path: Path) -> None:
    labels = {"Question Type": ["How-To", "Opinion"], "Multi-Turn": ["N/A"]}
    conversation = {
        "author": "a",
        "retriever": {"collection": {"name": "mt-rag-clapnq"}},
        "messages": [
            _said("user", "Hello", enrichments={**labels, "Answerability": ["CONVERSATIONAL"]}),
            _said("agent", "Hi", contexts=[_MEXICO]),
            _said("user", "How?", enrichments={**labels, "Answerability": ["ANSWERABLE"]}),
            _said("agent", "So.", contexts=[_LONDON, _ILLINOIS], original_text="Thus."),
            _said("user", "And then?"),
        ],
        "status": "accepted",
        "domain": "mt-rag-clapnq",
    }
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([conversation]))
    loaded, summary = imported("mtrag", file, tmp_path)
    (question,) = loaded.questions
    assert (question.id, question.type, question.answer) == (
        "conversation-1-turn-2",
        "how-to",
        "So.",
    )
    assert [turn.content for turn in question.history] == ["Hello", "Hi"]
    assert question.gold == ("822086267_6698-7277-0-579.html",)
    assert len(texts(loaded)) == 3
    assert summary.left_out == {
        "question with the answerability CONVERSATIONAL": 1,
        "question without a reply": 1,
    }


def test_bad_conversation_is_named(tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    file.write_text('[{"messages": []}, {"messages": [{"speaker": "user"}]}]')
    with pytest.raises(ConfigurationError, match=r"conversation 2: messages\.0\.text: Field requi"):
        import_set("mtrag", file, tmp_path / "imported")
    file.write_text('[\n{"messages": oops}]')
    with pytest.raises(ConfigurationError, match=r"conversations\.json, line 2: not JSON"):
        import_set("mtrag", file, tmp_path / "imported")


@pytest.fixture
def domain(tmp_path: Path) -> Path:
    folder = tmp_path / "clapnq"
    last = "Do they play outside the US?"
    write_lines(
        folder / "clapnq_questions.jsonl",
        [
            {"_id": "dd6b<::>1", "text": "|user|: where do they play"},
            {"_id": "dd6b<::>2", "text": f"|user|: where do they play\n|user|: {last} "},
        ],
    )
    write_lines(folder / "clapnq_lastturn.jsonl", [{"_id": "dd6b<::>2", "text": f"|user|: {last}"}])
    write_lines(folder / "clapnq_rewrite.jsonl", [{"_id": "dd6b<::>2", "text": "Standalone?"}])
    (folder / "qrels").mkdir()
    (folder / "qrels" / "dev.tsv").write_text(
        "query-id\tcorpus-id\tscore\ndd6b<::>2\t822086267_6698-7277-0-579\t1\n"
    )
    return folder


@pytest.mark.parametrize("corpus_id", ["822086267_6698-7277-0-579", "822086267_6698-7277"])
def test_retrieval_tasks_take_whole_conversations_and_find_passages_of_either_corpus(
    domain: Path, tmp_path: Path, corpus_id: str
) -> None:
    corpus = write_lines(tmp_path / "c.jsonl", [{"_id": corpus_id, "title": "T", "text": "London"}])
    loaded, summary = imported("mtrag", domain, tmp_path, corpus=corpus)
    (question,) = loaded.questions
    assert question.question == "Do they play outside the US?"
    assert question.history == (Turn(role="user", content="where do they play"),)
    assert question.gold == (f"{corpus_id}.html",)
    assert summary.left_out == {"question that the split does not name": 1}


def test_other_wording_of_retrieval_tasks_can_be_chosen(domain: Path, tmp_path: Path) -> None:
    corpus = write_lines(tmp_path / "c.jsonl", [{"id": "822086267_6698-7277", "text": "London"}])
    loaded, _ = imported("mtrag", domain, tmp_path, corpus=corpus, queries="clapnq_rewrite")
    assert [(q.question, q.history, q.type) for q in loaded.questions] == [
        ("Standalone?", (), "lookup")
    ]


def test_retrieval_tasks_without_a_corpus_say_where_it_is(domain: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--corpus"):
        import_set("mtrag", domain, tmp_path / "imported")


def test_turns_may_have_several_lines_and_answers_between_them() -> None:
    text = "|user|: one\nstill one\n|agent|: reply\n|user|: two | three"
    assert split_turns(text) == [
        Turn(role="user", content="one\nstill one"),
        Turn(role="assistant", content="reply"),
        Turn(role="user", content="two | three"),
    ]
    assert split_turns("plain") == [Turn(role="user", content="plain")]
    assert split_turns("") == [Turn(role="user", content="")]
