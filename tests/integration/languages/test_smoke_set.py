"""The German, Spanish and Chinese documents of examples/languages, in one index.

With the default model, which was trained on English: what is found here, words have to find.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.settings import ServerSettings, Settings
from evaluation.sets import load_evaluation_set
from tests.integration.conftest import RunningVouch, start_vouch

_SET = load_evaluation_set(Path(__file__).parents[3] / "examples" / "languages")
_FOLDERS = {"de": "german", "es": "spanish", "zh": "chinese"}
# German compounds ("Hotelzimmer") are not taken apart; of the English questions, half have no word
# in common with their passage.
_FOUND_FIRST = {"de": 9, "es": 11, "zh": 10, "en": 3}


@pytest.fixture(scope="module")
def vouch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVouch]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), server=ServerSettings(port=0))
    with ExitStack() as stack:
        vouch = start_vouch(settings, stack)
        assert _SET.corpus is not None
        run = vouch.sync(vouch.register(_SET.corpus))
        assert run["failed"] == 0
        yield vouch


@pytest.mark.parametrize("language", _FOUND_FIRST)
def test_questions_find_their_document_among_those_of_all_languages(
    vouch: RunningVouch, language: str
) -> None:
    questions = [question for question in _SET.questions if question.language == language]
    searches = [
        {"query": question.question, "top_k": 5, "distinct_documents": True}
        for question in questions
    ]
    results = vouch.admin.post("/v1/search/batch", {"searches": searches})["results"]
    places = [
        [hit["document"]["path"] for hit in result["hits"]].index(question.gold[0])
        for question, result in zip(questions, results, strict=True)
    ]
    assert places.count(0) >= _FOUND_FIRST[language]


@pytest.mark.parametrize(("code", "folder"), _FOLDERS.items())
def test_passages_say_their_language(vouch: RunningVouch, code: str, folder: str) -> None:
    body = {"query": "A", "top_k": 200, "filters": {"path_prefix": f"{folder}/"}}
    hits = vouch.admin.post("/v1/search", body)["hits"]
    assert len(hits) >= 8
    assert {hit["passage"]["language"] for hit in hits} == {code}
