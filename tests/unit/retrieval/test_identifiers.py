from __future__ import annotations

import pytest

from retrieval.identifiers import find_identifiers


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("What does ERR-1042 mean?", ["ERR-1042"]),
        ("what does err-1042 mean", ["err-1042"]),
        ("Do I need an SF-50 or a W-4?", ["SF-50", "W-4"]),
        ("Ticket INC0012345, see RFC2616.", ["INC0012345", "RFC2616"]),
        ("Since v2.3.1 (not 10.3.0)", ["v2.3.1", "10.3.0"]),
        ("It fails with 0x80070005.", ["0x80070005"]),
        ("Contract TC-CS-118", ["TC-CS-118"]),
        ("What is in robots.txt? And in package-lock.json?", ["robots.txt", "package-lock.json"]),
        ("Who may open intranet.acme.test/leave?", ["intranet.acme.test"]),
        ("How large is max_query_chars by default?", ["max_query_chars"]),
        ("ERR-7 again: ERR-7", ["ERR-7"]),
    ],
)
def test_identifiers_are_found(text: str, identifiers: list[str]) -> None:
    assert find_identifiers(text) == identifiers


@pytest.mark.parametrize(
    "text",
    [
        "How many days of leave do I get in 2024?",
        "The 10-hour rule, 1-on-1s and a six-to-12-month detail",
        "Is GSA's CDO the same as the CIO?",
        "e.g. this, i.e. that, in the U.S.",
        "by 2024-05-01 or 5/6/2024 at 10:30",
        "4th floor, section 4.2, step-2",
        "sign-off on a plug-in",
        "It ended.Next came another",
        "",
    ],
)
def test_ordinary_words_and_numbers_are_none(text: str) -> None:
    assert find_identifiers(text) == []
