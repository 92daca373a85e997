"""Answers as LlamaIndex's responses have them: text, source nodes, metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.schema import NodeWithScore

from vouch.client.llama_index.nodes import quote_nodes
from vouch.client.server_events import ServerEvent


def answer_metadata(answer: Mapping[str, Any]) -> dict[str, Any]:
    """All of the answer but its text, as the API gives it, and whether it is an abstention."""
    metadata = {name: value for name, value in answer.items() if name != "answer"}
    return metadata | {"abstained": answer["status"] == "abstained"}


class StreamedAnswer:
    """An answer as far as its events have come. `source_nodes` and `metadata` stay the same objects
    while they fill; after the last event they are those of the whole answer.
    """

    def __init__(self) -> None:
        self.source_nodes: list[NodeWithScore] = []
        self.metadata: dict[str, Any] = {}
        self._text = ""

    def take(self, event: ServerEvent) -> str:
        """What this event adds to the text. All of it together is the whole answer's."""
        match event.name:
            case "meta":
                self.metadata |= event.data
                self.metadata |= {"claims": [], "sources": [], "conflicts": [], "notices": []}
            case "sources":
                self.metadata["sources"] += event.data
            case "notice":
                self.metadata["notices"].append(event.data)
            case "claim":
                self.metadata["claims"].append(event.data)
                self.source_nodes[:] = quote_nodes(self.metadata)
                separator = "\n" if self._text else ""
                return self._say(separator + _claim_text(event.data))
            case "done":
                self.metadata |= answer_metadata(event.data)
                self.source_nodes[:] = quote_nodes(event.data)
                # What no event told: why there is no answer, or that documents disagree.
                return self._say(event.data["answer"].removeprefix(self._text))
        return ""

    def _say(self, text: str) -> str:
        self._text += text
        return text


def _claim_text(claim: Mapping[str, Any]) -> str:
    """The claim as it stands in an answer's text."""
    markers = sorted({citation["marker"] for citation in claim["citations"]})
    verdict = "" if claim["verdict"] == "supported" else f" [{claim['verdict']}]"
    return f"{claim['text']} {''.join(f'[{marker}]' for marker in markers)}".rstrip() + verdict
