"""What rerank endpoints are asked, and how they answer: TEI's way, and Cohere's and Jina's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, FiniteFloat, NonNegativeInt, TypeAdapter, ValidationError

from retrieval.rerankers.contract import RerankerReplyInvalid

DialectName = Literal["tei", "cohere", "jina"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`body` makes a request of the model's name, the question and the texts; `read` makes pairs
    of an index into those texts and a score of the reply's bytes, or raises ValidationError.
    """

    needs_model: bool
    body: Callable[[str | None, str, Sequence[str]], dict[str, Any]]
    read: Callable[[bytes], list[tuple[int, float]]]

    def scores(self, reply: bytes, *, count: int) -> list[float]:
        """One score for each of `count` texts, in their order.

        Raises RerankerReplyInvalid unless the reply says each exactly once. What it does say is
        in no message: it may quote a passage.
        """
        try:
            pairs = self.read(reply)
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            raise RerankerReplyInvalid(
                "The rerank endpoint's reply is not what VOUCH_RERANKER__DIALECT says.",
                operator_detail=f"{problem['type']} at {problem['loc']}",
            ) from None
        found = dict(pairs)
        if len(pairs) != count or found.keys() != set(range(count)):
            raise RerankerReplyInvalid(
                f"The rerank endpoint gave {len(pairs)} scores, for {len(found)} different "
                f"passages, where {count} passages were sent."
            )
        return [found[index] for index in range(count)]


class _TeiScore(BaseModel):
    index: NonNegativeInt
    score: FiniteFloat


class _Result(BaseModel):
    index: NonNegativeInt
    relevance_score: FiniteFloat


class _Results(BaseModel):
    results: list[_Result]


_TEI_REPLY = TypeAdapter(list[_TeiScore])


def _tei_body(model: str | None, question: str, texts: Sequence[str]) -> dict[str, Any]:
    # Without `truncate`, one passage that is too long fails the whole request.
    return {"query": question, "texts": list(texts), "truncate": True}


def _read_tei(reply: bytes) -> list[tuple[int, float]]:
    return [(item.index, item.score) for item in _TEI_REPLY.validate_json(reply)]


def _cohere_body(model: str | None, question: str, texts: Sequence[str]) -> dict[str, Any]:
    # All of them come back, so that one that is missing is noticed.
    return {"model": model, "query": question, "documents": list(texts), "top_n": len(texts)}


def _jina_body(model: str | None, question: str, texts: Sequence[str]) -> dict[str, Any]:
    return {**_cohere_body(model, question, texts), "return_documents": False}


def _read_results(reply: bytes) -> list[tuple[int, float]]:
    results = _Results.model_validate_json(reply).results
    return [(item.index, item.relevance_score) for item in results]


DIALECTS: dict[DialectName, Dialect] = {
    # https://huggingface.github.io/text-embeddings-inference
    "tei": Dialect(needs_model=False, body=_tei_body, read=_read_tei),
    # https://docs.cohere.com/reference/rerank
    "cohere": Dialect(needs_model=True, body=_cohere_body, read=_read_results),
    # https://jina.ai/reranker
    "jina": Dialect(needs_model=True, body=_jina_body, read=_read_results),
}
