from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import Principal
from core.settings import EdgeIndexSettings, EmbeddingSettings, SearchSettings
from retrieval.embedders.contract import Embedder, load_embedder
from retrieval.index.contract import VectorIndex
from retrieval.index.edge import EdgeIndex
from retrieval.pipeline import Retriever, Search
from retrieval.sparse import Bm25Encoder
from tests.integration.retrieval.points import point

_QUESTION = "What does the printer error ERR-1042 mean?"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(EmbeddingSettings())


@pytest.fixture(scope="module")
def index(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorIndex]:
    folder: Path = tmp_path_factory.mktemp("index")
    index = EdgeIndex(
        folder,
        dimension=embedder.dimension,
        token_dimension=embedder.token_dimension,
        settings=EdgeIndexSettings(),
    )
    texts = {
        "about": "What does a printer error mean? That the printer wants something.",
        "code": "ERR-1042: the waste toner box is full.",
        "network": "A printer error may mean that the network is down.",
        "paper": "What a printer error means when the paper is out.",
        "leave": "Annual leave is requested four weeks ahead.",
        "travel": "Travel is booked by the office.",
    }
    for document, text in texts.items():
        (encoding,) = embedder.encode_passages([text])
        index.upsert([replace(point(document, text=text), encoding=encoding)])
    yield index
    index.close()


def _first(index: VectorIndex, embedder: Embedder, settings: SearchSettings) -> str:
    retriever = Retriever(
        embedder=embedder, sparse_encoder=Bm25Encoder(), index=index, settings=settings
    )
    result = retriever.search(Search(question=_QUESTION, top_k=3), principal=Principal(user="ana"))
    return result.hits[0].chunk.document_id


def test_bm25_weighs_more_where_the_question_names_an_identifier(
    index: VectorIndex, embedder: Embedder
) -> None:
    like_any_other = SearchSettings(identifier_sparse_weight=SearchSettings().sparse_weight)
    assert _first(index, embedder, like_any_other) == "about"
    assert _first(index, embedder, SearchSettings()) == "code"
