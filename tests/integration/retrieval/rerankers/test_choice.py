"""Which reranker serves: what the settings name, or what was approved."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.settings import RerankerSettings
from retrieval.rerankers.choice import choose_reranker, require_installed
from retrieval.rerankers.contract import (
    Reranker,
    RerankerMisconfigured,
    UnknownReranker,
    installed_providers,
    load_reranker,
)


def choose(approved: str | None, **options: Any) -> Reranker | None:
    values = {"url": "http://127.0.0.1:9/rerank", **options}
    settings = RerankerSettings.model_validate(values)
    return choose_reranker(settings, approved=approved)


def test_auto_is_what_was_approved() -> None:
    options = {"provider": "auto", "dialect": "cohere", "model": "not-this-one"}
    with capture_logs() as logged:
        reranker = choose("endpoint/team/rerank-9", **options)
    assert reranker is not None
    assert reranker.name == "endpoint/team/rerank-9"
    assert logged == []
    reranker.close()


def test_auto_is_none_where_nothing_was_approved() -> None:
    assert choose(None, provider="auto") is None


def test_approval_alone_turns_nothing_on() -> None:
    assert choose("endpoint/tei", provider=None) is None


@pytest.mark.parametrize(
    ("approved", "warnings"), [("endpoint/tei", 0), ("cross-encoder/m", 1), (None, 1)]
)
def test_reranker_of_the_settings_serves_and_a_lack_of_approval_is_said(
    approved: str | None, warnings: int
) -> None:
    with capture_logs() as logged:
        reranker = choose(approved, provider="endpoint")
    assert reranker is not None
    assert reranker.name == "endpoint/tei"
    assert [event["event"] for event in logged] == ["reranker_not_approved"] * warnings
    reranker.close()


@pytest.mark.parametrize("approved", ["cross-encoder//no/such/folder", "gone/model"])
def test_approved_reranker_that_cannot_be_loaded_says_how_to_go_on(approved: str) -> None:
    with pytest.raises(RerankerMisconfigured, match="unset VOUCH_RERANKER__PROVIDER") as caught:
        choose(approved, provider="auto")
    assert approved in caught.value.detail


def test_name_that_is_approved_has_a_provider_and_a_model() -> None:
    require_installed("cross-encoder/models/m")
    for name in ("magic/m", "cross-encoder", "cross-encoder/", "/m", ""):
        with pytest.raises(UnknownReranker, match="cross-encoder"):
            require_installed(name)


def test_unknown_provider_is_refused_with_the_ones_that_there_are() -> None:
    with pytest.raises(UnknownReranker, match=r"'magic'.*cross-encoder.*endpoint.*llama_index"):
        load_reranker(RerankerSettings(provider="magic"))


@pytest.mark.parametrize("provider", installed_providers())
def test_every_installed_provider_can_be_imported(provider: str) -> None:
    (point,) = entry_points(group="vouch.rerankers", name=provider)
    reranker_type = point.load()
    assert callable(reranker_type.from_settings)
    assert callable(reranker_type.rerank)
