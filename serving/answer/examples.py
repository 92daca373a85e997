"""The examples that the API's documentation shows; a test holds them against the schemas."""

from __future__ import annotations

from typing import Any

ANSWER_REQUESTS: dict[str, Any] = {
    "question": {
        "summary": "A question",
        "value": {"question": "How many days of annual leave do I get?"},
    },
    "follow-up": {
        "summary": "A follow-up, narrowed to one folder",
        "value": {
            "question": "And part-time staff?",
            "history": [
                {"role": "user", "content": "How many days of annual leave do I get?"},
                {"role": "assistant", "content": "Full-time employees get 27 days. [1]"},
            ],
            "filters": {"path_prefix": "policies/"},
        },
    },
}

_DOCUMENT = {
    "id": "0d0a0c0e-8a52-4d1c-9a8f-2f6d1c7b9e10",
    "title": "Leave policy",
    "path": "policies/leave.md",
    "uri": "file:///srv/handbook/policies/leave.md",
    "mime": "text/markdown",
    "source": "handbook",
    "updated_at": "2026-03-02T09:00:00Z",
}

_QUOTE = "Full-time employees receive 27 days of paid annual leave."


def _understood(question: str) -> dict[str, Any]:
    """A question in which there was nothing to understand."""
    return {"question": question, "parts": [], "expansions": [], "filters": [], "why": []}


_NO_MODEL = {
    "model": "extractive",
    "prompt": None,
    "prompt_tokens": 0,
    "completion_tokens": 0,
}

ANSWER_RESPONSES: dict[str, Any] = {
    "answered": {
        "summary": "An answer",
        "value": {
            "id": "b7f2c9a4-3f0e-4a55-8f6e-0c2f8b1d7a31",
            "status": "answered",
            "answer": f"{_QUOTE} [1]",
            "claims": [
                {
                    "text": _QUOTE,
                    "verdict": "supported",
                    "unsupported_part": None,
                    "checks": [
                        {
                            "name": "quote",
                            "verdict": "supported",
                            "detail": "The quote stands in the document at its offsets.",
                        }
                    ],
                    "citations": [
                        {
                            "marker": 1,
                            "document_id": _DOCUMENT["id"],
                            "chunk_id": "5c1d3f6e-1c1b-5a5e-9b0a-7d0f6f0f2a11",
                            "quote": _QUOTE,
                            "start": 412,
                            "end": 469,
                            "page": None,
                            "heading_path": ["Leave policy", "Annual leave"],
                        }
                    ],
                }
            ],
            "sources": [{"marker": 1, "document": _DOCUMENT, "also_in": []}],
            "conflicts": [],
            "notices": [],
            "clarification": None,
            "confidence": 0.91,
            "searched": {
                "question": "How many days of annual leave do I get?",
                "understood": _understood("How many days of annual leave do I get?"),
                "passages": 8,
                "nearest": [_DOCUMENT],
            },
            "usage": _NO_MODEL,
            "timings_s": {"embed": 0.012, "retrieve": 0.004, "draft": 0.11, "check": 0.001},
            "degraded": [],
        },
    },
    "abstained": {
        "summary": "Too little evidence",
        "value": {
            "id": "1f0f1f53-55bd-4a2b-8b6f-5f8a3a2e7c02",
            "status": "abstained",
            "answer": "I found no passage that answers this among the documents that you may read. "
            "`searched` names the nearest ones.",
            "claims": [],
            "sources": [],
            "conflicts": [],
            "notices": [],
            "clarification": None,
            "confidence": 0.12,
            "searched": {
                "question": "Is there a company gym?",
                "understood": _understood("Is there a company gym?"),
                "passages": 8,
                "nearest": [_DOCUMENT],
            },
            "usage": _NO_MODEL,
            "timings_s": {"embed": 0.012, "retrieve": 0.004, "draft": 0.1, "check": 0.0},
            "degraded": [],
        },
    },
}
