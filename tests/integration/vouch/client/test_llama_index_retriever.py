"""Vouch as the retriever of LlamaIndex programs."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core import get_response_synthesizer
from llama_index.core.llms import ChatMessage, MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode, NodeRelationship, NodeWithScore, RelatedNodeInfo
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters

from tests.integration.serving.conftest import SECRET_WORDS
from tests.integration.vouch.client.conftest import ANA, HANA, Handbook
from vouch.client import ApiProblem, NoServer, VouchRetriever

QUESTION = "How many days of annual leave do full-time employees receive?"
SALARY = "How high is the bonus for engineers in band seven?"
SENTENCE = "Full-time employees receive 27 days of paid annual leave."


def paths(nodes: list[NodeWithScore]) -> list[str]:
    return [str(found.metadata["path"]) for found in nodes]


def test_each_principal_finds_what_it_may_read(handbook: Handbook) -> None:
    assert paths(handbook.retriever(HANA).retrieve(SALARY))[0] == "hr/salaries.md"
    found = handbook.retriever(ANA).retrieve(SALARY)
    assert set(paths(found)) == {"leave.md", "travel.md"}
    assert not [word for word in SECRET_WORDS if word in str([node.to_dict() for node in found])]


def test_node_is_the_passage_and_says_where_it_stands(handbook: Handbook) -> None:
    first, *_ = found = handbook.retriever().retrieve(QUESTION)
    node = first.node
    assert SENTENCE in first.text
    assert (node.metadata["title"], node.metadata["source"]) == ("Leave policy", "handbook")
    assert node.metadata["heading_path"] == "Leave policy"
    assert node.metadata["uri"].endswith("/leave.md")
    assert node.metadata["updated_at"].startswith("20")
    with handbook.client() as client:
        text = client.get(f"/v1/documents/{node.metadata['document_id']}")["text"]
        hit = client.search(QUESTION)["hits"][0]
    assert text[node.metadata["start"] : node.metadata["end"]] == first.text
    assert (node.node_id, first.score) == (hit["passage"]["chunk_id"], hit["score"])
    source = node.relationships[NodeRelationship.SOURCE]
    assert isinstance(source, RelatedNodeInfo)
    assert source.node_id == node.ref_doc_id == hit["document"]["id"]
    scores = [float(each.score or 0) for each in found]
    assert scores == sorted(scores, reverse=True)


def test_models_are_shown_what_a_reader_needs_and_vector_stores_take_the_rest(
    handbook: Handbook,
) -> None:
    node = handbook.retriever(top_k=1).retrieve(QUESTION)[0].node
    shown = node.get_content(MetadataMode.LLM)
    assert "title: Leave policy" in shown
    assert "path: leave.md" in shown
    assert node.metadata["document_id"] not in shown
    assert "uri" not in shown
    assert "path: leave.md" not in node.get_content(MetadataMode.EMBED)
    assert {type(value) for value in node.metadata.values()} <= {str, int, float, type(None)}


def test_programs_own_model_answers_from_the_passages(handbook: Handbook) -> None:
    program = RetrieverQueryEngine(
        retriever=handbook.retriever(top_k=2),
        response_synthesizer=get_response_synthesizer(llm=MockLLM()),
    )
    response = program.query(QUESTION)
    # This model repeats its prompt.
    assert SENTENCE in str(response)
    assert len(response.source_nodes) == 2


def test_filters_narrow_what_is_found(handbook: Handbook) -> None:
    def found(*filters: MetadataFilter) -> set[str]:
        wanted = MetadataFilters(filters=list(filters))
        return set(paths(handbook.retriever(HANA, filters=wanted).retrieve(QUESTION)))

    assert found(MetadataFilter(key="path_prefix", value="hr/")) == {"hr/salaries.md"}
    assert found(MetadataFilter(key="mime", value="application/pdf")) == set()
    names = MetadataFilter(key="source", operator=FilterOperator.IN, value=["handbook", "wiki"])
    assert found(names) == {"leave.md", "travel.md", "hr/salaries.md"}
    since = MetadataFilter(key="updated_at", operator=FilterOperator.GTE, value="2999-01-01")
    assert found(names, since) == set()


def test_follow_up_is_understood_from_the_history(handbook: Handbook) -> None:
    history = [ChatMessage(role="user", content="How much may a hotel cost on a trip?")]
    retriever = handbook.retriever(top_k=1, history=history)
    assert paths(retriever.retrieve("And what about trains?")) == ["travel.md"]


def test_one_event_loop_serves_several_principals_at_once(handbook: Handbook) -> None:
    hana, ana = handbook.retriever(HANA), handbook.retriever(ANA)

    async def both() -> tuple[list[NodeWithScore], list[NodeWithScore]]:
        return await asyncio.gather(hana.aretrieve(SALARY), ana.aretrieve(SALARY))

    # Twice: what was opened in one event loop is of no use in another.
    for theirs, others in (asyncio.run(both()), asyncio.run(both())):
        assert [each.node_id for each in theirs] == [each.node_id for each in hana.retrieve(SALARY)]
        assert "hr/salaries.md" not in paths(others)


def test_refusal_is_the_servers_problem(handbook: Handbook) -> None:
    stranger = VouchRetriever(handbook.server.url, api_key="vouch_nope")
    with pytest.raises(ApiProblem) as refused:
        stranger.retrieve(QUESTION)
    assert refused.value.problem["status"] == 401
    with pytest.raises(ApiProblem) as refused:
        asyncio.run(stranger.aretrieve(QUESTION))
    assert refused.value.problem["status"] == 401


def test_missing_server_is_named() -> None:
    lost = VouchRetriever("http://127.0.0.1:9", api_key="vouch_nope")
    with pytest.raises(NoServer, match=r"No server answers at http://127\.0\.0\.1:9"):
        lost.retrieve(QUESTION)
    with pytest.raises(NoServer, match=r"No server answers at http://127\.0\.0\.1:9"):
        asyncio.run(lost.aretrieve(QUESTION))
