"""The small German, Spanish and Chinese sets of examples/languages, in one index.

With the default model, which was trained on English: what is found here, words have to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.settings import SearchSettings, ServerSettings, Settings
from evaluation.sets import EvaluationSet, load_evaluation_set
from tests.integration.conftest import RunningVouch, start_vouch
from tests.integration.languages.conftest import CODES, SETS

# A lookup shares words with its passage, a question in another language does not. German compounds
# ("Hotelzimmer") are not taken apart, so meaning has to find three of its twelve.
_FOUND_FIRST = {"german": 9, "spanish": 11, "chinese": 10}


@pytest.fixture(scope="module")
def vouch(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVouch]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), server=ServerSettings(port=0))
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        run = vouch.sync(vouch.register(documents))
        assert run["failed"] == 0
        yield vouch


@pytest.mark.parametrize("name", CODES)
def test_questions_find_their_document_among_those_of_all_languages(
    vouch: RunningVouch, name: str
) -> None:
    assert SearchSettings().mode == "hybrid"
    evaluation_set = load_evaluation_set(SETS / name)
    first, all_ = _found(vouch, evaluation_set, within=1), _found(vouch, evaluation_set, within=5)
    lookups = {q.id for q in evaluation_set.questions if q.type == "lookup"}
    assert len(lookups) == 12
    assert len(first & lookups) >= _FOUND_FIRST[name]
    assert lookups <= all_


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_passages_say_their_language(vouch: RunningVouch, name: str, code: str) -> None:
    body = {"query": "A", "top_k": 200, "filters": {"path_prefix": f"{name}/"}}
    hits = vouch.admin.post("/v1/search", body)["hits"]
    assert len(hits) >= 8
    assert {hit["passage"]["language"] for hit in hits} == {code}


def _found(vouch: RunningVouch, evaluation_set: EvaluationSet, *, within: int) -> set[str]:
    """Ids of the questions with their document among the first so many."""
    searches = [
        {"query": question.question, "top_k": within, "distinct_documents": True}
        for question in evaluation_set.questions
    ]
    results = vouch.admin.post("/v1/search/batch", {"searches": searches})["results"]
    return {
        question.id
        for question, result in zip(evaluation_set.questions, results, strict=True)
        if {hit["document"]["path"] for hit in result["hits"]}
        & {f"{evaluation_set.name}/{path}" for path in question.gold}
    }
