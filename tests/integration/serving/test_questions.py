"""How a question was understood: never by what its asker may not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from core.settings import ServerSettings, Settings
from tests.integration.conftest import RunningVouch, start_vouch

ANA = "ana@acme.test"
HANA = "hana@acme.test"

DOCUMENTS = {
    "board.md": "# Board\n\nThe CDO reports to the board every quarter.\n",
    "leave-2023.md": "# Leave policy 2023\n\nAnnual leave is 25 days a year.\n",
    "leave-2024.md": "# Leave policy 2024\n\nAnnual leave is 27 days a year.\n",
    "parking.md": "# Parking\n\nPark behind the Leeds warehouse.\n",
    "hr/offices.md": "# Offices\n\nThe Clandestine Dragon Office (CDO) pays the zanzibar bonus.\n",
}


@pytest.fixture(scope="module")
def vouch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVouch]:
    folder = tmp_path_factory.mktemp("questions")
    for path, text in DOCUMENTS.items():
        file = folder / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with ExitStack() as stack:
        vouch = start_vouch(
            Settings(data_dir=folder / "data", server=ServerSettings(port=0)), stack
        )
        rule = {"glob": "hr/**", "allow": [f"user:{HANA}"]}
        vouch.sync(vouch.register(folder / "docs", access_rules=[rule]))
        yield vouch


def search(vouch: RunningVouch, query: str, *, user: str = ANA, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = vouch.client_for(user).post(
        "/v1/search", {"query": query, "explain": True, **body}
    )
    return found


def paths(response: dict[str, Any]) -> list[str]:
    return [hit["document"]["path"] for hit in response["hits"]]


@pytest.mark.parametrize(
    "query", ["Who is the CDO?", "What does the clandestine dragon office do?"]
)
def test_acronym_is_known_to_those_alone_who_may_read_where_it_is_defined(
    vouch: RunningVouch, query: str
) -> None:
    assert search(vouch, query, user=HANA)["understood"]["expansions"] == [
        {"short": "CDO", "long": "Clandestine Dragon Office"}
    ]
    found = search(vouch, query)
    assert found["understood"]["expansions"] == []
    assert found["understood"]["why"] == []
    assert "Dragon" not in str(found)
    assert "zanzibar" not in str(found)


def test_hits_of_a_reader_are_as_if_the_definition_did_not_exist(vouch: RunningVouch) -> None:
    understood = search(vouch, "Who is the CDO?")["hits"]
    as_it_is = search(vouch, "Who is the CDO?", understand=False)["hits"]
    assert understood == as_it_is


@pytest.mark.parametrize("year", ["2023", "2024"])
def test_year_that_the_question_names_comes_first(vouch: RunningVouch, year: str) -> None:
    found = search(vouch, f"How many days of leave are in the {year} leave policy?")
    assert paths(found)[0] == f"leave-{year}.md"
    assert found["understood"]["filters"] == [
        {"kind": "year", "value": year, "words": f"{year} leave policy"}
    ]


def test_year_that_no_document_has_leaves_the_search_as_it_is(vouch: RunningVouch) -> None:
    query = "How many days of leave are in the 1999 leave policy?"
    found = search(vouch, query)
    assert found["hits"] == search(vouch, query, understand=False)["hits"]
    assert found["understood"]["filters"] == []


def test_each_part_of_a_question_has_its_best_passage_among_the_first(vouch: RunningVouch) -> None:
    found = search(vouch, "Where do I park in Leeds, and what does the board hear every quarter?")
    assert set(paths(found)[:2]) == {"parking.md", "board.md"}
    assert len(found["understood"]["parts"]) == 2


def test_change_of_topic_is_not_mixed_with_the_conversation(vouch: RunningVouch) -> None:
    history = [{"role": "user", "content": "How many days of annual leave do I get?"}]
    query = "What does the board hear about data every quarter?"
    assert search(vouch, query, history=history)["hits"] == search(vouch, query)["hits"]


def test_follow_up_takes_the_place_of_what_it_contrasts_with(vouch: RunningVouch) -> None:
    history = [{"role": "user", "content": "Where do I park in Utrecht?"}]
    found = search(vouch, "And in Leeds?", history=history)
    assert found["understood"]["question"] == "Where do I park in Leeds?"
    assert paths(found)[0] == "parking.md"


def test_understanding_can_be_switched_off(vouch: RunningVouch) -> None:
    history = [{"role": "user", "content": "Where do I park in Utrecht?"}]
    found = search(vouch, "And in Leeds?", history=history, understand=False)
    assert found["understood"]["question"] == "And in Leeds?"


def test_what_was_understood_is_shown_where_an_explanation_is_asked_for(
    vouch: RunningVouch,
) -> None:
    assert search(vouch, "Where do I park?", explain=False)["understood"] is None


def test_answer_shows_how_its_question_was_understood(vouch: RunningVouch) -> None:
    answer = vouch.client_for(ANA).post(
        "/v1/answer", {"question": "How many days of leave are in the 2023 leave policy?"}
    )
    assert answer["searched"]["understood"]["filters"][0]["value"] == "2023"
