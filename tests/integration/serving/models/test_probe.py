"""A model is asked both ways, and the way that it does better is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from core.settings import ModelsSettings
from serving.answering.writing.probe import probe
from serving.answering.writing.probing import StyleProber
from serving.models.tier import ModelTier, load_tiers
from tests.integration.language_models.scripted_model import ScriptedModel, scripted_model
from vouch.cli import cli


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedModel]:
    with scripted_model() as model:
        yield model


def _tier(scripted: ScriptedModel, model: str, *, style: str = "auto") -> ModelTier:
    (tier,) = load_tiers(ModelsSettings(large=scripted.tier(model, style=style, timeout_s=1)))
    return tier


def _style(tier: ModelTier) -> str:
    return tier.style


def test_model_that_does_all_rightly_in_json_is_asked_so(scripted: ScriptedModel) -> None:
    found = probe(_tier(scripted, "discerning"))
    assert found.right == {"markers": 3, "json": 3}
    assert (found.style, found.failure) == ("json", None)
    assert found.usage is not None


@pytest.mark.parametrize(
    ("model", "right"),
    [
        ("honest", {"markers": 2, "json": 2}),
        ("wrongly-citing", {"markers": 0, "json": 2}),
        ("inventing", {"markers": 0, "json": 0}),
        ("citing-nothing", {"markers": 0, "json": 0}),
        ("abstaining", {"markers": 1, "json": 1}),
    ],
)
def test_any_other_is_asked_for_markers(
    scripted: ScriptedModel, model: str, right: dict[str, int]
) -> None:
    found = probe(_tier(scripted, model))
    assert found.right == right
    assert found.style == "markers"


@pytest.mark.parametrize("model", ["500", "silent", "401"])
def test_model_that_fails_is_asked_for_markers_and_it_is_said_why(
    scripted: ScriptedModel, model: str
) -> None:
    found = probe(_tier(scripted, model))
    assert found.style == "markers"
    assert found.failure is not None


def test_prober_chooses_in_the_background_and_tries_again(scripted: ScriptedModel) -> None:
    tier, set_tier = _tier(scripted, "discerning"), _tier(scripted, "discerning", style="markers")
    scripted.behave("500")
    prober = StyleProber([tier, set_tier], pause_s=0.1)
    prober.start()
    scripted.wait_until_asked(len(scripted.asked()) + 2)
    assert _style(tier) == "markers"
    scripted.behave(None)
    deadline = time.monotonic() + 20
    while _style(tier) != "json":
        assert time.monotonic() < deadline, "no style was chosen"
        time.sleep(0.02)
    prober.close()
    assert _style(set_tier) == "markers"


def test_command_says_how_each_model_did(
    scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_MODELS__LARGE__URL", scripted.url)
    monkeypatch.setenv("VOUCH_MODELS__LARGE__MODEL", "discerning")
    shown = CliRunner().invoke(cli, ["models", "check"])
    assert shown.exit_code == 0, shown.output
    assert "json: 3 of 3 answered and cited rightly" in shown.output
    assert "style: json (chosen)" in shown.output
    monkeypatch.setenv("VOUCH_MODELS__LARGE__MODEL", "500")
    failed = CliRunner().invoke(cli, ["models", "check"])
    assert failed.exit_code == 1
    assert "status 500" in failed.output


def test_command_without_a_model_says_what_to_set() -> None:
    shown = CliRunner().invoke(cli, ["models", "check"])
    assert shown.exit_code == 1
    assert "VOUCH_MODELS__LARGE__URL" in shown.output
