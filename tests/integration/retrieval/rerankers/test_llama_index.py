"""The adapter, held against LlamaIndex's own cross-encoder and postprocessors with bad habits."""

from __future__ import annotations

import re
from typing import Any

import pytest
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import SecretStr

from core.settings import RerankerSettings
from retrieval.rerankers.contract import (
    Reranker,
    RerankerMisconfigured,
    RerankerReplyInvalid,
    RerankerUnavailable,
    load_reranker,
)
from tests.integration.retrieval.rerankers.reranker_contract import (
    QUESTION,
    TEXTS,
    RerankerContract,
)
from tests.integration.retrieval.rerankers.tiny_cross_encoder import save_cross_encoder
from tests.unit.retrieval.rerankers.hits import hits_of

_CROSS_ENCODER = "llama_index.core.postprocessor.SentenceTransformerRerank"


class BadPostprocessor(BaseNodePostprocessor):
    """Does what its `habit` says."""

    habit: str
    api_key: str = ""

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        match self.habit:
            case "raises":
                raise OSError(f"no {self.api_key} for {nodes[0].node.get_content()}")
            case "adds":
                return [*nodes, NodeWithScore(node=TextNode(text="next door"), score=1.0)]
            case "repeats":
                return [*nodes, nodes[0]]
            case "leaves out":
                return nodes[1:]
            case _:
                for node in nodes:
                    node.score = None
                return nodes


def reranker_of(model: str, **options: Any) -> Reranker:
    settings = RerankerSettings(provider="llama_index", model=model, **options)
    found = load_reranker(settings)
    assert found is not None
    return found


def bad_reranker(habit: str) -> Reranker:
    model = f"{__name__}.BadPostprocessor"
    return reranker_of(model, arguments={"habit": habit}, api_key=SecretStr("k-secret"))


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Reranker:
    folder = tmp_path_factory.mktemp("model")
    words = [word for text in (QUESTION, *TEXTS) for word in re.findall(r"\w+|[^\w\s]+", text)]
    save_cross_encoder(folder, words, max_positions=512)
    return reranker_of(
        _CROSS_ENCODER,
        arguments={"model": str(folder), "top_n": 100, "trust_remote_code": False},
    )


class TestLlamaIndexReranker(RerankerContract):
    @pytest.fixture
    def reranker(self, cross_encoder: Reranker) -> Reranker:
        return cross_encoder


def test_failure_says_its_kind_and_nothing_of_key_or_passages() -> None:
    with pytest.raises(RerankerUnavailable, match="OSError") as caught:
        bad_reranker("raises").rerank(QUESTION, hits_of(*TEXTS), top_k=3)
    assert caught.value.__context__ is None
    said = str(vars(caught.value))
    assert "k-secret" not in said
    assert TEXTS[0] not in said


@pytest.mark.parametrize("habit", ["adds", "repeats", "does not score"])
def test_nodes_that_are_no_order_of_the_hits_are_refused(habit: str) -> None:
    with pytest.raises(RerankerReplyInvalid):
        bad_reranker(habit).rerank(QUESTION, hits_of(*TEXTS), top_k=3)


def test_hits_that_are_left_out_are_left_out() -> None:
    hits = hits_of(*TEXTS)
    found = bad_reranker("leaves out").rerank(QUESTION, hits, top_k=9)
    assert [hit.chunk for hit in found] == [hit.chunk for hit in hits[1:]]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (None, "dotted path"),
        ("SentenceTransformerRerank", "cannot be imported"),
        ("llama_index.postprocessor.nothing.Rerank", "cannot be imported"),
        ("llama_index.core.postprocessor.Nothing", "no node postprocessor"),
        ("llama_index.core.schema.TextNode", "no node postprocessor"),
    ],
)
def test_path_that_leads_to_no_postprocessor_is_refused(model: str | None, message: str) -> None:
    settings = RerankerSettings(provider="llama_index", model=model)
    with pytest.raises(RerankerMisconfigured, match=message):
        load_reranker(settings)


def test_arguments_that_do_not_fit_are_named_without_their_values() -> None:
    with pytest.raises(RerankerMisconfigured, match="api_key, habits") as caught:
        reranker_of(
            f"{__name__}.BadPostprocessor",
            arguments={"habits": "raises"},
            api_key=SecretStr("k-secret"),
        )
    assert caught.value.__context__ is None
    assert "k-secret" not in str(vars(caught.value))
