from __future__ import annotations

from evaluation.answers import AnsweredClaim, Cited, answered_from_response

_RESPONSE = {
    "status": "answered",
    "answer": "Badges are made on Wednesdays. [1] Bring a photo. [2] [1]",
    "claims": [
        {
            "text": "Badges are made on Wednesdays.",
            "verdict": "supported",
            "citations": [{"marker": 1, "quote": "made on Wednesdays"}],
        },
        {
            "text": "Bring a photo.",
            "verdict": "unchecked",
            "citations": [{"marker": 2, "quote": "a photo"}, {"marker": 1, "quote": "photo"}],
        },
    ],
    "sources": [
        {"marker": 1, "document": {"path": "badges.md"}},
        {"marker": 2, "document": {"path": "photos.md"}},
    ],
    "usage": {"model": "extractive", "prompt_tokens": 3, "completion_tokens": 4},
}


def test_citations_name_the_documents_that_their_markers_stand_for() -> None:
    answered = answered_from_response(_RESPONSE, latency_s=0.5)
    assert answered.claims == (
        AnsweredClaim(
            text="Badges are made on Wednesdays.",
            verdict="supported",
            citations=(Cited(path="badges.md", quote="made on Wednesdays"),),
        ),
        AnsweredClaim(
            text="Bring a photo.",
            verdict="unchecked",
            citations=(
                Cited(path="photos.md", quote="a photo"),
                Cited(path="badges.md", quote="photo"),
            ),
        ),
    )
    assert answered.cited == ("badges.md", "photos.md")
    assert (answered.model, answered.prompt_tokens, answered.completion_tokens) == (
        "extractive",
        3,
        4,
    )
    assert answered.latency_s == 0.5
    assert answered.cost is None


def test_cost_is_taken_where_the_server_names_one() -> None:
    priced = _RESPONSE | {"usage": {**_RESPONSE["usage"], "cost": 0.002}}  # type: ignore[dict-item]
    assert answered_from_response(priced).cost == 0.002
