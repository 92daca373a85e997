from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from evaluation.runs import RunStore, RunUnreadable, read_run
from evaluation.scores import QuestionResult
from tests.unit.evaluation.stored import info, run

_RUN = run("first", {"1": ["b.md", "a.md"], "2": ["a.md"]}, {"1": "X", "3": "Surely."})


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def _results() -> list[QuestionResult]:
    return list(_RUN.results)


def test_run_is_read_as_it_was_written_by_name_and_by_path(store: RunStore) -> None:
    path = store.save(_RUN)
    assert store.load("first") == _RUN
    assert store.load(str(path)) == _RUN
    assert read_run(path).evaluation == _RUN.evaluation


def test_file_holds_what_was_measured_and_the_scores_with_their_intervals(store: RunStore) -> None:
    stored = json.loads(store.save(_RUN).read_text())
    assert stored["schema_version"] == 1
    assert stored["configuration"] == {"search": {"top_k": 10}}
    assert stored["code"] == {"package": "0.1.0", "commit": "abc", "is_dirty": False}
    assert stored["overall"]["metrics"]["mrr"]["value"] == 0.75
    assert set(stored["overall"]["metrics"]["mrr"]["interval"]) == {"low", "high"}
    assert stored["groups"]["language"]["nl"]["n"] == 1
    assert stored["results"][0]["ranked"] == ["b.md", "a.md"]
    assert stored["results"][0]["answer"]["text"] == "X"


def test_file_is_for_its_owner_only(store: RunStore) -> None:
    assert stat.S_IMODE(store.save(_RUN).stat().st_mode) == 0o600


def test_bare_run_keeps_every_score_and_no_text_of_passages_or_answers(store: RunStore) -> None:
    bare = _RUN.bare()
    assert bare.evaluation.overall == _RUN.overall
    assert [r.status for r in bare.results] == ["answered", "abstained", "answered"]
    text = store.save(bare).read_text()
    assert "Surely" not in text
    assert "chunk 0" not in text


def test_results_of_a_run_that_was_cut_off_are_all_there(store: RunStore, tmp_path: Path) -> None:
    partial = store.begin(info("cut"))
    for result in _results()[:2]:
        partial.add(result)
    resumed = store.resume("cut")
    assert resumed.info == info("cut")
    assert resumed.done == {result.question.id: result for result in _results()[:2]}
    resumed.add(_results()[2])
    assert len(store.resume("cut").done) == 3


def test_line_that_was_cut_off_costs_its_own_question_only(store: RunStore) -> None:
    partial = store.begin(info("cut"))
    for result in _results():
        partial.add(result)
    (file,) = store.path("cut").parent.glob("*.partial.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    resumed = store.resume("cut")
    assert list(resumed.done) == ["1", "2"]
    resumed.add(_results()[2])
    assert list(store.resume("cut").done) == ["1", "2", "3"]


def test_finished_run_leaves_nothing_to_resume(store: RunStore) -> None:
    store.begin(info("first")).add(_results()[0])
    store.save(_RUN)
    with pytest.raises(RunUnreadable, match="nothing to resume"):
        store.resume("first")


def test_name_of_a_stored_run_is_not_used_again(store: RunStore) -> None:
    store.save(_RUN)
    with pytest.raises(ConfigurationError, match="There is a run 'first' already"):
        store.begin(info("first"))


@pytest.mark.parametrize("name", ["../outside", "a/b", "", ".hidden", "a b"])
def test_name_that_is_no_file_name_is_refused(store: RunStore, name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name for a run"):
        store.begin(info(name))


def test_run_that_is_not_there_and_file_that_is_no_run_are_named(
    store: RunStore, tmp_path: Path
) -> None:
    with pytest.raises(RunUnreadable, match=r"other\.json cannot be read"):
        store.load("other")
    file = tmp_path / "no-run.json"
    file.write_text('{"schema_version": 2}')
    with pytest.raises(RunUnreadable, match="no run that this version reads: schema_version"):
        store.load(str(file))


def test_only_equal_sets_configurations_and_code_measure_the_same() -> None:
    one = info("one")
    assert one.measures_the_same(info("two"))
    assert not one.measures_the_same(info("two", corpus="c1"))
    assert not one.measures_the_same(one.model_copy(update={"configuration": {}}))
