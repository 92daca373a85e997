"""The same page in several documents, and pages that contradict each other, over the API."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.settings import ServerSettings, Settings
from tests.integration.conftest import RunningVouch, start_vouch

_PARKING = "# Parking\n\nThe car park behind the warehouse closes at eight in the evening.\n"
_LEAVE = "# Leave policy\n\nFull-time employees receive {} days of paid annual leave.\n"
_SUPPLIES = "# Supplies\n\nPaper for the printers is in the cupboard next to the kitchen.\n"
_QUESTION = "How many days of paid annual leave do full-time employees receive?"


@pytest.fixture(scope="module")
def vouch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningVouch]:
    folder: Path = tmp_path_factory.mktemp("versions")
    texts = {
        "wiki/parking.md": _PARKING,
        "wiki/leave-2023.md": _LEAVE.format(27),
        "wiki/supplies.md": _SUPPLIES,
        "intranet/car-park.md": _PARKING.replace("closes", "**closes**"),
        "intranet/leave.md": _LEAVE.format(30),
        "hr/parking.md": _PARKING,
        "hr/leave-draft.md": _LEAVE.format(33),
    }
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    for year, path in ((2023, "wiki/leave-2023.md"), (2025, "intranet/leave.md")):
        changed = datetime(year, 3, 1, tzinfo=UTC).timestamp()
        os.utime(folder / path, (changed, changed))
    with ExitStack() as stack:
        vouch = start_vouch(
            Settings(data_dir=folder / "data", server=ServerSettings(port=0)), stack
        )
        vouch.admin.put("/v1/groups/hr", {"users": ["hana@acme.test"]})
        for name, acl in (("wiki", "everyone"), ("intranet", "everyone"), ("hr", "group:hr")):
            source_id = vouch.register(folder / name, name=name, acl=[acl])
            assert vouch.sync(source_id)["state"] == "succeeded"
        yield vouch


def _search(vouch: RunningVouch, query: str, *, user: str, **body: Any) -> list[dict[str, Any]]:
    response = vouch.client_for(user).post("/v1/search", {"query": query, **body})
    hits: list[dict[str, Any]] = response["hits"]
    return hits


def _locations(hit: dict[str, Any]) -> list[str]:
    return [f"{d['source']}/{d['path']}" for d in (hit["document"], *hit["also_in"])]


def _answer(vouch: RunningVouch, *, user: str) -> dict[str, Any]:
    response: dict[str, Any] = vouch.client_for(user).post("/v1/answer", {"question": _QUESTION})
    assert response["status"] == "answered"
    return response


def test_a_page_in_two_sources_is_one_hit_with_both_locations(vouch: RunningVouch) -> None:
    first, *others = _search(vouch, "When does the car park close?", user="ana@acme.test")
    assert sorted(_locations(first)) == ["intranet/car-park.md", "wiki/parking.md"]
    assert not any("park" in location for hit in others for location in _locations(hit))


def test_a_location_that_may_not_be_read_is_not_shown(vouch: RunningVouch) -> None:
    of_ana, of_hana = (
        _locations(_search(vouch, "When does the car park close?", user=user)[0])
        for user in ("ana@acme.test", "hana@acme.test")
    )
    assert sorted(of_hana) == ["hr/parking.md", *sorted(of_ana)]


def test_collapsed_hits_leave_room_for_others(vouch: RunningVouch) -> None:
    for top_k in (1, 2, 3):
        hits = _search(vouch, "Where do I park the car?", user="hana@acme.test", top_k=top_k)
        assert len(hits) == top_k


def test_the_newest_readable_version_is_found_first_and_no_older_one_is_dropped(
    vouch: RunningVouch,
) -> None:
    for user, newest, others in (
        ("ana@acme.test", "intranet/leave.md", ["wiki/leave-2023.md"]),
        ("hana@acme.test", "hr/leave-draft.md", ["intranet/leave.md", "wiki/leave-2023.md"]),
    ):
        found = [_locations(hit)[0] for hit in _search(vouch, _QUESTION, user=user)]
        assert found[: 1 + len(others)] == [newest, *others]


def test_the_newer_version_is_found_even_where_one_hit_is_asked_for(vouch: RunningVouch) -> None:
    (only,) = _search(vouch, _QUESTION, user="ana@acme.test", top_k=1)
    assert _locations(only) == ["intranet/leave.md"]


def test_a_version_that_is_asked_for_by_its_year_comes_first(vouch: RunningVouch) -> None:
    first, *_ = _search(vouch, f"{_QUESTION} (leave-2023)", user="ana@acme.test")
    assert _locations(first) == ["wiki/leave-2023.md"]


def test_the_newer_version_is_the_answer_and_the_older_one_is_named(vouch: RunningVouch) -> None:
    response = _answer(vouch, user="ana@acme.test")
    cited = {source["marker"]: source["document"]["path"] for source in response["sources"]}
    by_path = {
        cited[claim["citations"][0]["marker"]]: number
        for number, claim in enumerate(response["claims"])
    }
    newest = by_path["leave.md"]
    (conflict,) = [c for c in response["conflicts"] if c["claim"] == newest]
    assert "30 days" in response["claims"][newest]["text"]
    assert "27 days" in conflict["quote"]
    assert conflict["document"]["path"] == "leave-2023.md"
    assert conflict["document"]["updated_at"].startswith("2023-03-01")
    assert conflict["is_newer"] is False
    assert conflict["differs_in"] == ["numbers"]


def test_a_contradiction_that_may_not_be_read_leaves_no_trace(vouch: RunningVouch) -> None:
    assert "33 days" in str(_answer(vouch, user="hana@acme.test"))
    of_ana = str(_answer(vouch, user="ana@acme.test"))
    assert "33 days" not in of_ana
    assert "leave-draft" not in of_ana
