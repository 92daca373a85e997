"""Reranking by any node postprocessor of LlamaIndex that scores nodes.

Importing this module takes seconds, as LlamaIndex does: it is imported only where it is configured.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Self

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, TextNode

from core.chunks import Hit
from core.settings import RerankerSettings
from retrieval.rerankers.contract import (
    RerankerMisconfigured,
    RerankerReplyInvalid,
    RerankerUnavailable,
)
from retrieval.rerankers.ordering import best_first, passage_text

_EXAMPLE = "llama_index.core.postprocessor.SentenceTransformerRerank"


class LlamaIndexReranker:
    """Wraps one postprocessor, called by one thread at a time.

    Hits that the postprocessor leaves out are left out; it is given each distinct text once. Its
    order counts by the scores that it sets: one that only reorders or adds nodes is no reranker.
    """

    def __init__(self, postprocessor: BaseNodePostprocessor, *, name: str) -> None:
        self._postprocessor = postprocessor
        self._name = name
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: RerankerSettings) -> Self:
        if settings.model is None:
            raise RerankerMisconfigured(
                "No postprocessor of LlamaIndex is named. Set VOUCH_RERANKER__MODEL to its dotted "
                f"path, such as {_EXAMPLE}."
            )
        arguments = dict(settings.arguments)
        if settings.api_key is not None:
            arguments["api_key"] = settings.api_key.get_secret_value()
        return cls(_made(settings.model, arguments), name=f"llama_index/{settings.model}")

    @property
    def name(self) -> str:
        return self._name

    def rerank(self, question: str, hits: Sequence[Hit], *, top_k: int) -> list[Hit]:
        if not hits:
            return []
        # A node for each distinct text, so that equal texts keep the order of the fusion.
        nodes: dict[str, NodeWithScore] = {}
        for hit in hits:
            text = passage_text(hit.chunk)
            node = TextNode(id_=str(len(nodes)), text=text)
            nodes.setdefault(text, NodeWithScore(node=node, score=hit.score))
        scores = self._scores(question, list(nodes.values()))
        scored = [
            (hit, scores[id_])
            for hit in hits
            if (id_ := nodes[passage_text(hit.chunk)].node.id_) in scores
        ]
        return best_first([hit for hit, _ in scored], [score for _, score in scored], top_k=top_k)

    def close(self) -> None:
        """Postprocessors have nothing to close."""

    def _scores(self, question: str, nodes: list[NodeWithScore]) -> dict[str, float]:
        given = {node.node.id_ for node in nodes}
        try:
            with self._lock:
                found = self._postprocessor.postprocess_nodes(nodes, query_str=question)
        except Exception as error:  # noqa: BLE001  (they raise whatever their libraries raise)
            failure = RerankerUnavailable(f"{self._name} failed with {type(error).__name__}.")
        else:
            scores = {node.node.id_: node.score for node in found}
            if len(scores) < len(found) or not scores.keys() <= given or None in scores.values():
                raise RerankerReplyInvalid(
                    f"{self._name} gave a node that it was not given, one twice, or no score."
                )
            return {id_: float(score or 0.0) for id_, score in scores.items()}
        # Outside of the handler: the library's message may quote a passage.
        raise failure


def _made(dotted_path: str, arguments: Mapping[str, Any]) -> BaseNodePostprocessor:
    module_name, _, class_name = dotted_path.rpartition(".")
    try:
        found = getattr(import_module(module_name), class_name, None)
    except (ImportError, ValueError) as error:
        raise RerankerMisconfigured(
            f"The module of {dotted_path!r} cannot be imported. VOUCH_RERANKER__MODEL is the "
            f"dotted path of an installed postprocessor, such as {_EXAMPLE}.",
            operator_detail=str(error),
        ) from error
    if not isinstance(found, type) or not issubclass(found, BaseNodePostprocessor):
        raise RerankerMisconfigured(
            f"{dotted_path} is no node postprocessor of LlamaIndex. VOUCH_RERANKER__MODEL is the "
            f"dotted path of one, such as {_EXAMPLE}."
        )
    try:
        return found(**arguments)
    except Exception as error:  # noqa: BLE001  (they raise whatever their libraries raise)
        failure = RerankerMisconfigured(
            f"{dotted_path} cannot be made of VOUCH_RERANKER__ARGUMENTS "
            f"({', '.join(sorted(arguments)) or 'none'}): {type(error).__name__}."
        )
    # Outside of the handler: pydantic's message quotes the arguments, the key among them.
    raise failure
