"""Tiers of models over real endpoints: who is asked, how often, and who takes over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import VouchError
from core.language_models.contract import Message, ModelUnavailable, NoUsableReply
from core.settings import ModelsSettings
from serving.answering.cancellation import AnswerCancelled, Cancellation
from serving.models.tier import load_tiers
from serving.models.tiers import Asked, ModelTiers, TierReply
from tests.integration.language_models.scripted_model import ScriptedModel, scripted_model

MESSAGES = [Message(role="user", content="[1] Leave\n> Staff have 27 days.\n\nQuestion: Leave?")]


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedModel]:
    with scripted_model() as model:
        yield model


_OF_THE_WHOLE = {"deadline_s", "failures_to_open"}


class Asking:
    """One answer's way through the tiers."""

    def __init__(
        self, scripted: ScriptedModel, *, large: str, small: str | None = None, **values: Any
    ) -> None:
        whole = {
            key: values.pop(key) for key in ("deadline_s", "failures_to_open") if key in values
        }
        settings = ModelsSettings(
            large=scripted.tier(large, **values),
            small=None if small is None else scripted.tier(small, **values),
            **whole,
        )
        self.tiers = ModelTiers(load_tiers(settings), deadline_s=settings.deadline_s)
        self.cancellation = Cancellation()
        self.given_up: list[str] = []
        self._scripted = scripted
        self._before = len(scripted.asked())

    def begin(self, *, first: str | None = None) -> TierReply:
        return self.tiers.ask(
            lambda tier: Asked(messages=MESSAGES),
            first=first,
            deadline=self.tiers.deadline(),
            cancellation=self.cancellation,
            given_up=self.given_up,
        )

    @property
    def asked(self) -> list[str]:
        """The models that were asked, one after the other."""
        return [asked["body"]["model"] for asked in self._scripted.asked()[self._before :]]


def test_first_tier_answers_and_says_so(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="honest", small="honest")
    reply = asking.begin()
    assert "".join(reply).startswith("Staff have 27 days.")
    assert (reply.tier.name, asking.given_up) == ("large", [])
    assert reply.usage is not None


@pytest.mark.parametrize("kind", ["500", "429+30", "400", "401", "garbled", "silent"])
def test_next_tier_takes_over_from_one_that_does_not_begin(
    scripted: ScriptedModel, kind: str
) -> None:
    asking = Asking(scripted, large=kind, small="honest", timeout_s=2 if kind == "silent" else 30)
    reply = asking.begin()
    assert "".join(reply).startswith("Staff have 27 days.")
    assert (reply.tier.name, asking.given_up) == ("small", ["model:large"])


def test_asker_may_begin_with_another_tier(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="honest", small="500")
    reply = asking.begin(first="small")
    assert (reply.tier.name, asking.given_up) == ("large", ["model:small"])
    reply.close()
    assert asking.tiers.after("small") == "large"
    assert Asking(scripted, large="honest").tiers.after("large") == "large"


def test_last_tiers_failure_is_raised(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="500", small="400")
    with pytest.raises(NoUsableReply):
        asking.begin()
    assert asking.given_up == ["model:large", "model:small"]


def test_failing_tier_is_asked_again_as_often_as_set(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="500", retries=2, failures_to_open=9)
    with pytest.raises(ModelUnavailable):
        asking.begin()
    assert asking.asked == ["500"] * 3


@pytest.mark.parametrize("kind", ["400", "401", "429+30"])
def test_tier_is_not_asked_again_where_that_is_of_no_use(
    scripted: ScriptedModel, kind: str
) -> None:
    asking = Asking(scripted, large=kind, retries=2)
    with pytest.raises(VouchError):
        asking.begin()
    assert asking.asked == [kind]


def test_tier_that_keeps_failing_is_left_alone(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="500", small="honest", failures_to_open=2)
    for _ in range(4):
        asking.begin().close()
    assert asking.asked.count("500") == 2
    assert asking.given_up == ["model:large"] * 4


def test_reply_that_breaks_off_counts_as_a_failure(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="breaking-off", failures_to_open=1)
    with pytest.raises(ModelUnavailable, match="broke off"):
        list(asking.begin())
    with pytest.raises(ModelUnavailable, match="left alone"):
        asking.begin()


@pytest.mark.parametrize("kind", ["never-stopping", "repeating"])
def test_reply_without_end_ends_with_the_deadline(scripted: ScriptedModel, kind: str) -> None:
    before = len(scripted.hung_up())
    asking = Asking(scripted, large=kind, deadline_s=2, max_tokens=100_000)
    with pytest.raises(ModelUnavailable, match="VOUCH_MODELS__DEADLINE_S"):
        list(asking.begin())
    scripted.wait_until_hung_up(before + 1)


def test_reply_that_is_longer_than_it_may_be_is_hung_up_on(scripted: ScriptedModel) -> None:
    before = len(scripted.hung_up())
    asking = Asking(scripted, large="never-stopping", max_tokens=16)
    with pytest.raises(NoUsableReply, match="does not stop"):
        list(asking.begin())
    scripted.wait_until_hung_up(before + 1)


def test_closing_a_reply_stops_the_model(scripted: ScriptedModel) -> None:
    before = len(scripted.hung_up())
    reply = Asking(scripted, large="never-stopping").begin()
    assert next(iter(reply))
    reply.close()
    scripted.wait_until_hung_up(before + 1)


@pytest.mark.parametrize("kind", ["silent", "stalling", "never-stopping", "500"])
def test_cancelling_ends_the_wait_and_is_no_failure(scripted: ScriptedModel, kind: str) -> None:
    asking = Asking(scripted, large=kind, small="honest", retries=9, failures_to_open=20)
    timer = threading.Timer(0.7, asking.cancellation.cancel)
    timer.start()
    with pytest.raises(AnswerCancelled):
        list(asking.begin())
    assert asking.given_up == []


def test_requests_beyond_the_limit_wait_and_then_give_up(scripted: ScriptedModel) -> None:
    asking = Asking(scripted, large="stalling", max_concurrent=1, timeout_s=1)
    held = asking.begin()
    with pytest.raises(ModelUnavailable, match="VOUCH_MODELS__LARGE__MAX_CONCURRENT"):
        asking.begin()
    held.close()
    asking.begin().close()
