"""Passages and quotes as LlamaIndex's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode
from llama_index.core.schema import ObjectType as NodeKind

# As in the header that Vouch itself embeds with a chunk.
_SHOWN_TO_EMBEDDERS = {"title", "heading_path"}
_SHOWN_TO_MODELS = _SHOWN_TO_EMBEDDERS | {"path", "updated_at"}


def passage_node(hit: Mapping[str, Any]) -> NodeWithScore:
    """A search's hit; the node's id is the chunk's."""
    passage = hit["passage"]
    node = _node(passage["chunk_id"], passage["text"], place=passage, document=hit["document"])
    return NodeWithScore(node=node, score=hit["score"])


def quote_nodes(answer: Mapping[str, Any]) -> list[NodeWithScore]:
    """What an answer quotes, each span once, in the order of the answer: what its claims rest on,
    then what contradicts them. There is no score: a quote supports its claim, or does not.
    """
    documents = {source["marker"]: source["document"] for source in answer["sources"]}
    cited = [citation for claim in answer["claims"] for citation in claim["citations"]]
    nodes: dict[str, NodeWithScore] = {}
    for quoted in (*cited, *answer["conflicts"]):
        document = documents[quoted["marker"]]
        node_id = f"{document['id']}:{quoted['start']}-{quoted['end']}"
        if node_id not in nodes:
            node = _node(
                node_id, quoted["quote"], place=quoted, document=document, marker=quoted["marker"]
            )
            nodes[node_id] = NodeWithScore(node=node)
    return list(nodes.values())


def _node(
    node_id: str,
    text: str,
    *,
    place: Mapping[str, Any],
    document: Mapping[str, Any],
    **more: Any,
) -> TextNode:
    metadata = {
        "document_id": document["id"],
        "title": document["title"],
        "path": document["path"],
        "uri": document["uri"],
        "mime": document["mime"],
        "source": document["source"],
        "updated_at": document["updated_at"],
        # Flat, because that is what vector stores take.
        "heading_path": " > ".join(place.get("heading_path", ())),
        "page": place["page"],
        "start": place["start"],
        "end": place["end"],
        **more,
    }
    return TextNode(
        id_=node_id,
        text=text,
        start_char_idx=place["start"],
        end_char_idx=place["end"],
        metadata=metadata,
        excluded_embed_metadata_keys=sorted(metadata.keys() - _SHOWN_TO_EMBEDDERS),
        excluded_llm_metadata_keys=sorted(metadata.keys() - _SHOWN_TO_MODELS),
        relationships={
            NodeRelationship.SOURCE: RelatedNodeInfo(
                node_id=document["id"], node_type=NodeKind.DOCUMENT
            )
        },
    )
