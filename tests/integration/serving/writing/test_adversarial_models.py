"""Whatever a model does: what is delivered is in the documents, number by number."""

from __future__ import annotations

import re

import pytest

from tests.integration.language_models.scripts import SCRIPTS
from tests.integration.serving.writing.conftest import WrittenVouch

BROKEN = ["500", "429", "401", "silent", "stalling", "garbled", "mute"]
UNHELD = ["ignoring-the-schema", "schemaless"]
# A model that waits for word is for tests that give it.
KINDS = [kind for kind in (*SCRIPTS, *BROKEN, *UNHELD) if kind != "waiting"]
QUESTIONS = [
    "How many days of annual leave do full-time employees receive?",
    "What may a hotel cost a night?",
    "How many weeks of parental leave are there, and how many days of annual leave?",
    "What is granted to every employee at once?",
]
_VALUE = re.compile(r"https?://\S+|\S+@\S+|\d+(?:[.,]\d+)*")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_delivered_that_is_not_in_the_documents(
    written: WrittenVouch, kind: str
) -> None:
    for question in QUESTIONS:
        for claim in written.answer(kind, question)["claims"]:
            assert claim["verdict"] == "supported", claim
            assert claim["citations"], claim
            for citation in claim["citations"]:
                document = written.vouch.admin.get(f"/v1/documents/{citation['document_id']}")
                assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
            quoted = " ".join(citation["quote"] for citation in claim["citations"])
            for found in _VALUE.findall(claim["text"]):
                assert found in quoted, claim


@pytest.mark.parametrize("kind", ["unsupported", "inventing", "german", "citing-the-unknown"])
def test_nothing_of_what_a_lying_model_wrote_is_delivered(written: WrittenVouch, kind: str) -> None:
    answer = written.answer(kind, QUESTIONS[0])
    assert answer["usage"]["model"] == "extractive"
    assert "generation" in answer["degraded"]
    assert "model_answer_rejected" in [notice["code"] for notice in answer["notices"]]
    text = " ".join(claim["text"] for claim in answer["claims"])
    assert "27 days" in text
    for lie in ("horse", "41", "99", "61", "7,300"):
        assert lie not in text
