from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from evaluation.importers.importing import import_set
from evaluation.sets import Turn
from tests.unit.evaluation.importers.files import imported, texts, write_lines


def _csv(tmp_path: Path, *rows: Mapping[str, str]) -> Path:
    file = tmp_path / "set.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_generated_test_set_of_a_current_release(tmp_path: Path) -> None:
    contexts = ["<1-hop>\n\nLeave is 27 days, it's said.", "<2-hop>\n\nPart-timers get a share."]
    file = _csv(
        tmp_path,
        {
            "user_input": "How much leave?",
            "reference_contexts": str(["Leave is 27 days, it's said."]),
            "reference": "27 days.",
            "synthesizer_name": "single_hop_specific_query_synthesizer",
        },
        {
            "user_input": "And part-time,\nin two lines?",
            "reference_contexts": json.dumps(contexts),
            "reference": "A share.",
            "synthesizer_name": "multi_hop_abstract_query_synthesizer",
        },
    )
    loaded, summary = imported("ragas", file, tmp_path)
    first, second = loaded.questions
    assert (first.id, first.question, first.answer) == ("row-1", "How much leave?", "27 days.")
    assert first.type == "single_hop_specific_query_synthesizer"
    assert not first.needs_every_gold
    assert second.needs_every_gold
    assert first.gold[0] in second.gold
    assert sorted(texts(loaded).values()) == [
        "Leave is 27 days, it's said.",
        "Part-timers get a share.",
    ]
    assert (summary.documents, summary.questions, summary.left_out) == (2, 2, {})


def test_test_set_of_an_old_release(tmp_path: Path) -> None:
    row = {
        "question": "When?",
        "contexts": "['Now.']",
        "ground_truth": "Now",
        "episode_done": "True",
    }
    loaded, _ = imported("ragas", _csv(tmp_path, {**row, "evolution_type": "simple"}), tmp_path)
    (question,) = loaded.questions
    assert (question.type, question.answer) == ("simple", "Now")
    assert texts(loaded)[question.gold[0]] == "Now."


def test_what_a_system_retrieved_is_a_document_and_no_gold(tmp_path: Path) -> None:
    file = _csv(
        tmp_path,
        {
            "question": "When?",
            "contexts": '["Wrong."]',
            "answer": "Later",
            "ground_truths": "['Now']",
            "reference_contexts": '["Now."]',
        },
        {
            "question": "Where?",
            "contexts": '["Wrong."]',
            "answer": "There",
            "ground_truths": "nan",
            "reference_contexts": "",
        },
    )
    loaded, summary = imported("ragas", file, tmp_path)
    assert [texts(loaded)[path] for path in loaded.questions[0].gold] == ["Now."]
    assert loaded.questions[0].answer == "Now"
    assert summary.documents == 2
    assert summary.left_out == {"question without reference contexts": 1}


def test_json_lines_with_a_conversation(tmp_path: Path) -> None:
    said = [
        {"content": "Hello", "type": "human"},
        {"content": "Hi", "type": "ai", "tool_calls": None},
        {"content": "{}", "type": "tool"},
        {"content": "How much leave?", "type": "human"},
        {"content": "27 days.", "type": "ai"},
    ]
    rows: list[dict[str, object]] = [
        {"user_input": said, "reference": "27 days.", "reference_contexts": ["27 days."]},
        {"user_input": "Gym?", "type": "unanswerable", "reference": None},
    ]
    loaded, summary = imported("ragas", write_lines(tmp_path / "set.jsonl", rows), tmp_path)
    first, second = loaded.questions
    assert first.question == "How much leave?"
    assert first.history == (
        Turn(role="user", content="Hello"),
        Turn(role="assistant", content="Hi"),
    )
    assert (second.type, second.gold, second.is_answerable) == ("unanswerable", (), False)
    assert summary.unanswerable == 1


def test_question_in_brackets_and_single_context_are_taken_as_they_are(tmp_path: Path) -> None:
    row = {"user_input": "[sic] when?", "reference_contexts": "Now.", "reference": "Now"}
    loaded, _ = imported("ragas", _csv(tmp_path, row), tmp_path)
    assert loaded.questions[0].question == "[sic] when?"
    assert list(texts(loaded).values()) == ["Now."]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("['a' 'b']", "without a comma between them, as numpy prints"),
        ("['a'\n 'b']", "without a comma between them, as numpy prints"),
        ("['a', open('x')]", "neither a JSON list nor a Python one"),
        ("[" * 5000, "neither a JSON list nor a Python one"),
        ("['a', 1.5]", "a list of strings was expected"),
    ],
)
def test_bad_cell_is_named_by_the_line_that_its_row_begins_at(
    tmp_path: Path, cell: str, problem: str
) -> None:
    good = {"user_input": "When,\n\nat last?", "reference_contexts": "['Now.']"}
    file = _csv(tmp_path, good, {"user_input": "When?", "reference_contexts": cell})
    with pytest.raises(
        ConfigurationError, match=rf"set\.csv, line 5: reference_contexts: .*{problem}"
    ):
        import_set("ragas", file, tmp_path / "imported")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a,b\n1,2\n", "line 2: there is no column user_input or question"),
        ("question,contexts\nWhen?\n", "line 2: a row of 2 columns was expected"),
        ("question,contexts\nWhen?,a,b\n", "line 2: a row of 2 columns was expected"),
        ('question,contexts\nWhen?,"a"b\n', "line 2: not CSV"),
        ("", "there was none"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "set.csv"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=problem):
        import_set("ragas", file, tmp_path / "imported")


def test_message_of_nobody_known_is_refused(tmp_path: Path) -> None:
    rows = [{"user_input": [{"content": "x", "type": "system"}], "reference_contexts": ["a"]}]
    with pytest.raises(ConfigurationError, match="'system' is neither human nor ai"):
        import_set("ragas", write_lines(tmp_path / "s.jsonl", rows), tmp_path / "imported")
