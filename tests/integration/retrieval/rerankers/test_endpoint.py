"""The endpoint reranker, against a server that answers rightly, wrongly, late or not at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import AnyHttpUrl, SecretStr

from core.errors import VouchError
from core.settings import RerankerSettings
from retrieval.rerankers.contract import (
    Reranker,
    RerankerMisconfigured,
    RerankerReplyInvalid,
    RerankerUnavailable,
    load_reranker,
)
from retrieval.rerankers.stage import RerankFailure, RerankStage
from tests.integration.retrieval.rerankers.rerank_server import RerankServer, rerank_server
from tests.integration.retrieval.rerankers.reranker_contract import (
    QUESTION,
    TEXTS,
    RerankerContract,
)
from tests.unit.retrieval.rerankers.hits import hits_of

HITS = hits_of(*TEXTS)
_MODELS: dict[str, str | None] = {"tei": None, "cohere": "rerank-9", "jina": "jina-9"}

every_dialect = pytest.mark.parametrize("dialect", _MODELS)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with rerank_server() as port:
        yield port


@pytest.fixture
def server(port: int) -> RerankServer:
    return RerankServer(port)


@pytest.fixture
def connect(server: RerankServer) -> Iterator[Any]:
    """Makes rerankers of the server, and closes them."""
    opened: list[Reranker] = []

    def connect(dialect: str, behaviour: str, **options: Any) -> Reranker:
        settings = settings_of(server.url(dialect, behaviour), dialect, **options)
        reranker = load_reranker(settings)
        assert reranker is not None
        opened.append(reranker)
        return reranker

    yield connect
    for reranker in opened:
        reranker.close()


def settings_of(url: str, dialect: str, **options: Any) -> RerankerSettings:
    values = {"timeout_s": 30.0, "model": _MODELS[dialect], **options}
    return RerankerSettings.model_validate(
        {"provider": "endpoint", "url": AnyHttpUrl(url), "dialect": dialect, **values}
    )


class EndpointContract(RerankerContract):
    dialect: str

    @pytest.fixture
    def reranker(self, connect: Any) -> Any:
        return connect(self.dialect, "correct", batch_size=3)


class TestTei(EndpointContract):
    dialect = "tei"


class TestCohere(EndpointContract):
    dialect = "cohere"


class TestJina(EndpointContract):
    dialect = "jina"


@every_dialect
def test_passage_that_answers_comes_first_with_the_servers_score(
    connect: Any, dialect: str
) -> None:
    found = connect(dialect, "correct").rerank(QUESTION, HITS, top_k=2)
    assert found[0].chunk.text == TEXTS[1]
    assert 0 < found[0].score < 1


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("tei", {"query": QUESTION, "texts": list(TEXTS), "truncate": True}),
        (
            "cohere",
            {"model": "rerank-9", "query": QUESTION, "documents": list(TEXTS), "top_n": 5},
        ),
        (
            "jina",
            {
                "model": "jina-9",
                "query": QUESTION,
                "documents": list(TEXTS),
                "top_n": 5,
                "return_documents": False,
            },
        ),
    ],
)
def test_request_is_what_the_dialect_says(
    connect: Any, server: RerankServer, dialect: str, expected: dict[str, Any]
) -> None:
    connect(dialect, "correct").rerank(QUESTION, HITS, top_k=2)
    (asked,) = server.asked()
    assert asked["body"] == expected
    assert "Authorization" not in asked["headers"]


def test_key_is_sent_as_a_bearer_token(connect: Any, server: RerankServer) -> None:
    connect("tei", "correct", api_key=SecretStr("k-1")).rerank(QUESTION, HITS, top_k=2)
    (asked,) = server.asked()
    assert asked["headers"]["Authorization"] == "Bearer k-1"


@every_dialect
def test_batches_stay_within_the_servers_limit(
    connect: Any, server: RerankServer, dialect: str
) -> None:
    hits = hits_of(*(f"{text} {number}" for number in range(2) for text in TEXTS))
    found = connect(dialect, "limited", batch_size=4).rerank(QUESTION, hits, top_k=10)
    key = "texts" if dialect == "tei" else "documents"
    assert [len(asked["body"][key]) for asked in server.asked()] == [4, 4, 2]
    whole = connect(dialect, "correct", batch_size=32).rerank(QUESTION, hits, top_k=10)
    assert found == whole


@pytest.mark.parametrize("status", [408, 424, 429, 500, 502, 503, 504])
def test_failure_that_may_pass_is_tried_again(
    connect: Any, server: RerankServer, status: int
) -> None:
    found = connect("tei", f"once-{status}").rerank(QUESTION, HITS, top_k=1)
    assert found[0].chunk.text == TEXTS[1]
    assert len(server.asked()) == 2


@every_dialect
@pytest.mark.parametrize("status", [429, 500, 503])
def test_server_that_keeps_failing_is_given_up(
    connect: Any, server: RerankServer, dialect: str, status: int
) -> None:
    with pytest.raises(RerankerUnavailable, match=str(status)):
        connect(dialect, f"status-{status}").rerank(QUESTION, HITS, top_k=1)
    assert len(server.asked()) == 3


def test_pause_longer_than_the_deadline_is_passed_on_and_not_waited_for(
    connect: Any, server: RerankServer
) -> None:
    with pytest.raises(RerankerUnavailable) as caught:
        connect("tei", "busy-120").rerank(QUESTION, HITS, top_k=1)
    assert caught.value.retry_after_s == 120
    assert len(server.asked()) == 1


def test_pause_until_a_date_is_understood(connect: Any) -> None:
    with pytest.raises(RerankerUnavailable) as caught:
        connect("tei", "busy-Fri, 31 Dec 2999 23:59:59 GMT").rerank(QUESTION, HITS, top_k=1)
    assert (caught.value.retry_after_s or 0) > 86_400


@every_dialect
@pytest.mark.parametrize("behaviour", ["slow", "drip"])
def test_late_reply_is_given_up(connect: Any, dialect: str, behaviour: str) -> None:
    with pytest.raises(RerankerUnavailable, match=r"too long|too slowly"):
        connect(dialect, behaviour, timeout_s=0.3).rerank(QUESTION, HITS, top_k=1)


def test_deadline_is_for_all_batches_together(connect: Any, server: RerankServer) -> None:
    with pytest.raises(RerankerUnavailable, match="too long"):
        connect("tei", "correct", timeout_s=1e-6, batch_size=1).rerank(QUESTION, HITS, top_k=1)
    assert server.asked() == []


@every_dialect
@pytest.mark.parametrize(
    "behaviour",
    [
        "garbage",
        "other",
        "partial",
        "repeated",
        "doubled",
        "beyond",
        "negative",
        "nan",
        "infinite",
        "null",
        "word",
        "gzip",
    ],
)
def test_reply_that_is_no_score_for_each_passage_is_refused(
    connect: Any, server: RerankServer, dialect: str, behaviour: str
) -> None:
    with pytest.raises(RerankerReplyInvalid) as caught:
        connect(dialect, behaviour).rerank(QUESTION, HITS, top_k=1)
    _assert_says_nothing_of_the_texts(caught.value)
    assert len(server.asked()) == 1


def test_reply_without_an_end_is_refused(connect: Any) -> None:
    with pytest.raises(RerankerReplyInvalid, match="no end"):
        connect("tei", "endless").rerank(QUESTION, HITS, top_k=1)


def test_reply_that_breaks_off_is_tried_again_and_given_up(
    connect: Any, server: RerankServer
) -> None:
    with pytest.raises(RerankerUnavailable):
        connect("tei", "cut").rerank(QUESTION, HITS, top_k=1)
    assert len(server.asked()) == 3


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (301, "VOUCH_RERANKER__URL"),
        (400, "VOUCH_RERANKER__DIALECT"),
        (401, "VOUCH_RERANKER__API_KEY"),
        (403, "VOUCH_RERANKER__API_KEY"),
        (404, "VOUCH_RERANKER__URL"),
        (413, "VOUCH_RERANKER__BATCH_SIZE"),
        (422, "VOUCH_RERANKER__BATCH_SIZE"),
    ],
)
def test_refusal_says_which_setting_to_look_at_and_is_not_tried_again(
    connect: Any, server: RerankServer, status: int, names: str
) -> None:
    with pytest.raises(RerankerMisconfigured, match=names) as caught:
        connect("tei", f"status-{status}", api_key=SecretStr("k-1")).rerank(QUESTION, HITS, top_k=1)
    _assert_says_nothing_of_the_texts(caught.value)
    assert len(server.asked()) == 1, "a redirect must not take key and passages elsewhere"


def test_server_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = settings_of(f"http://127.0.0.1:{unused.getsockname()[1]}/rerank", "tei")
        reranker = load_reranker(settings)
        assert reranker is not None
        with pytest.raises(RerankerUnavailable, match="does not answer"):
            reranker.rerank(QUESTION, HITS, top_k=1)
        reranker.close()


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, "VOUCH_RERANKER__URL"),
        ({"url": "http://127.0.0.1:9/rerank", "dialect": "cohere"}, "VOUCH_RERANKER__MODEL"),
        ({"url": "http://127.0.0.1:9/rerank", "dialect": "jina"}, "VOUCH_RERANKER__MODEL"),
        (
            {"url": "http://127.0.0.1:9/rerank", "api_key": "k-secret\n"},
            "VOUCH_RERANKER__API_KEY",
        ),
        ({"url": "http://127.0.0.1:9/rerank", "api_key": "k-secrét"}, "VOUCH_RERANKER__API_KEY"),
    ],
)
def test_setting_that_is_missing_or_wrong_is_named_at_start(
    options: dict[str, Any], names: str
) -> None:
    settings = RerankerSettings.model_validate({"provider": "endpoint", **options})
    with pytest.raises(RerankerMisconfigured, match=names) as caught:
        load_reranker(settings)
    assert "secr" not in str(vars(caught.value))


@every_dialect
def test_search_goes_on_without_a_server_that_keeps_failing(
    server: RerankServer, dialect: str
) -> None:
    settings = settings_of(server.url(dialect, "status-500"), dialect, failures_to_open=2)
    reranker = load_reranker(settings)
    assert reranker is not None
    stage = RerankStage(reranker, settings=settings)
    found = [stage.run(QUESTION, HITS, top_k=3) for _ in range(4)]
    stage.close()
    assert all(reranked.hits == HITS[:3] for reranked in found)
    assert [reranked.failure for reranked in found] == [
        RerankFailure.UNAVAILABLE,
        RerankFailure.UNAVAILABLE,
        RerankFailure.OPEN,
        RerankFailure.OPEN,
    ]
    assert len(server.asked()) == 2 * 3


def test_server_that_asks_for_patience_is_not_asked_again_meanwhile(server: RerankServer) -> None:
    settings = settings_of(server.url("cohere", "busy-120"), "cohere")
    reranker = load_reranker(settings)
    assert reranker is not None
    stage = RerankStage(reranker, settings=settings)
    found = [stage.run(QUESTION, HITS, top_k=3) for _ in range(3)]
    stage.close()
    assert found[2].failure is RerankFailure.OPEN
    assert len(server.asked()) == 1


def _assert_says_nothing_of_the_texts(error: VouchError) -> None:
    said = f"{error} {vars(error)} {error.__cause__} {error.__context__}".lower()
    assert not any(text.lower() in said for text in (*TEXTS, QUESTION))
