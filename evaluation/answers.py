"""What an answer endpoint returns, as evaluation sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["supported", "partial", "contradicted", "unsupported", "unchecked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A span that a claim rests on: the document's path, and what it says there."""

    path: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredClaim:
    """One sentence of an answer, with the verdict that the server gave it."""

    text: str
    verdict: Verdict
    citations: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, or that there is none.

    `cited` are the paths of the documents cited, each once, in the answer's order. `latency_s` is
    the wall time that the asker waited; `cost` is in the server's currency. Both are None where
    unknown.
    """

    status: Literal["answered", "abstained"]
    text: str
    claims: tuple[AnsweredClaim, ...] = ()
    cited: tuple[str, ...] = ()
    latency_s: float | None = None
    cost: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""


def answered_from_response(
    response: Mapping[str, Any], *, latency_s: float | None = None
) -> Answered:
    """From the body of `POST /v1/answer`. A server that names no cost leaves it None."""
    paths = {source["marker"]: source["document"]["path"] for source in response["sources"]}
    usage = response["usage"]
    return Answered(
        # Who asks back has not answered.
        status="answered" if response["status"] == "answered" else "abstained",
        text=response["answer"],
        claims=tuple(
            AnsweredClaim(
                text=claim["text"],
                verdict=claim["verdict"],
                citations=tuple(
                    Cited(path=paths[citation["marker"]], quote=citation["quote"])
                    for citation in claim["citations"]
                ),
            )
            for claim in response["claims"]
        ),
        cited=tuple(dict.fromkeys(paths.values())),
        latency_s=latency_s,
        cost=usage.get("cost"),
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
        model=usage["model"],
    )
