"""A real model server and Vouch: styles, streams, hanging up, prompts that are too long."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from benchmarks.local_model.server import LocalModel
from serving.models.tier import Style
from tests.integration.local_model.conftest import MODELS, ModelVouch, OpenVouch, served_model
from tests.integration.local_model.test_delivered import ANNUAL_LEAVE
from tests.integration.serving.sse import read_events
from vouch.cli import cli

_PATIENCE_S = 600
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def narrow(open_vouch: OpenVouch) -> Iterator[ModelVouch]:
    """A server whose model has a smaller context than Vouch is told."""
    with (
        served_model("liar", context_tokens=512) as model,
        open_vouch(model, style="markers", context_tokens=8192) as opened,
    ):
        yield opened


def test_check_of_the_models_asks_it_both_ways_and_chooses(
    model: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"URL": f"{model.url}/v1", "MODEL": model.name, "API_KEY": model.api_key}
    for name, value in {**values, "TIMEOUT_S": str(_PATIENCE_S), "MAX_TOKENS": "300"}.items():
        monkeypatch.setenv(f"VOUCH_MODELS__LARGE__{name}", value)
    shown = CliRunner().invoke(cli, ["models", "check"])
    assert shown.exit_code == 0, shown.output
    assert re.search(r"style: (?:markers|json) \(chosen\)", shown.output), shown.output
    assert "tokens: counted by the server" in shown.output


def test_model_replies_in_the_style_that_it_is_asked_for(written: ModelVouch, style: Style) -> None:
    """With an answer or without one: who replies in no style is read as saying nothing."""
    answer = written.answer(ANNUAL_LEAVE, unsupported="mark")
    assert answer["degraded"] == []
    assert answer["usage"]["model"] == written.model.name
    assert answer["usage"]["prompt"].startswith(f"{style}:")
    assert answer["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("model", MODELS[1:], indirect=True)
def test_decent_model_answers_a_plain_question(written: ModelVouch) -> None:
    answer = written.answer(ANNUAL_LEAVE)
    assert answer["usage"]["model"] == written.model.name
    assert "27" in answer["answer"]


def test_stream_tells_what_the_whole_answer_has(written: ModelVouch) -> None:
    with written.stream(ANNUAL_LEAVE) as response:
        events = [(name, data) for name, data in read_events(response) if name]
    names = [name for name, _ in events]
    assert (names[0], names[-1]) == ("meta", "done")
    assert set(names) <= {"meta", "sources", "claim", "notice", "done"}
    done = events[-1][1]
    assert done["claims"] == [data for name, data in events if name == "claim"]
    assert done["notices"] == [data for name, data in events if name == "notice"]
    sent: set[int] = set()
    for name, data in events:
        if name == "sources":
            sent |= {source["marker"] for source in data}
        if name == "claim":
            assert {cited["marker"] for cited in data["citations"]} <= sent


def test_client_that_goes_away_frees_the_models_slot(written: ModelVouch) -> None:
    assert written.model.busy_slots() == 0
    with written.stream(ANNUAL_LEAVE):
        _wait_for_busy_slots(written.model, 1)
    _wait_for_busy_slots(written.model, 0)


@pytest.mark.local_llm("liar")
def test_context_that_is_too_small_costs_the_model_and_that_is_said(narrow: ModelVouch) -> None:
    answer = narrow.answer(ANNUAL_LEAVE)
    assert answer["degraded"] == ["model:large", "generation"]
    assert [notice["code"] for notice in answer["notices"]] == ["model_failed"]
    assert answer["usage"]["model"] == "extractive"
    assert "27 days" in answer["answer"]


def _wait_for_busy_slots(model: LocalModel, count: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while model.busy_slots() != count:
        assert time.monotonic() < deadline, f"{model.busy_slots()} slots are busy, not {count}"
        time.sleep(0.1)
