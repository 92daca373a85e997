"""What in a text is a claim, where it stands, and what it leans on."""

from __future__ import annotations

import random

import pytest

from serving.answering.writing.markers_reader import MarkersReader
from serving.claims.lines import read_claims

TEXT = """# Leave

Sure, here is what I found. You get **27 days** of leave, e.g. for trips to the U.S. [1] It must \
be taken before 1 July [2, 3].

You also get:

- 3 days of funeral leave [^2]
- `Court Leave`, see [the page](http://acme.test/leave)

| Kind | Days |
|---|---|
| Annual | 27 |
| Funeral | 3 |

```
x = 1
```

---
Is that enough? I hope this helps!"""


def test_claims_are_told_from_what_says_nothing() -> None:
    assert [claim.text for claim in read_claims(TEXT)] == [
        "You get 27 days of leave, e.g. for trips to the U.S.",
        "It must be taken before 1 July.",
        "- 3 days of funeral leave",
        "- Court Leave, see the page",
        "Annual | 27",
        "Funeral | 3",
    ]


def test_offsets_are_those_of_the_text() -> None:
    claims = read_claims(TEXT)
    assert TEXT[claims[0].start : claims[0].end].endswith("trips to the U.S. [1]")
    assert TEXT[claims[2].start : claims[2].end] == "- 3 days of funeral leave [^2]"
    assert TEXT[claims[4].start : claims[4].end] == "| Annual | 27 |"


def test_markers_belong_to_the_sentence_before_them() -> None:
    assert [claim.markers for claim in read_claims(TEXT)] == [(1,), (2, 3), (2,), (), (), ()]
    assert [
        claim.markers for claim in read_claims("One is so 【4†source】. Two is not. [5][6]")
    ] == [
        (4,),
        (5, 6),
    ]


def test_items_and_rows_have_what_they_lean_on() -> None:
    lead_ins = [claim.lead_in for claim in read_claims(TEXT)]
    assert lead_ins == ["", "", "You also get:", "You also get:", "Kind | Days", "Kind | Days"]


def test_row_without_column_names_is_a_claim_by_itself() -> None:
    assert [claim.text for claim in read_claims("| a | 1 |\n| b | 2 |")] == ["a | 1", "b | 2"]
    assert [claim.text for claim in read_claims("| a | 1 |")] == ["a | 1"]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# Title", "Hello!", "Sure.", "Why?", "```\nx = 1\n```"]
)
def test_text_without_claims_has_none(text: str) -> None:
    assert read_claims(text) == []


def test_any_split_into_pieces_reads_the_same() -> None:
    chance = random.Random(7)
    wanted = [(claim.text, claim.markers, claim.lead_in) for claim in read_claims(TEXT)]
    for _ in range(300):
        reader, found, at = MarkersReader(), [], 0
        while at < len(TEXT):
            size = chance.randint(1, 12)
            found += reader.feed(TEXT[at : at + size])
            at += size
        found += reader.close()
        assert [(one.text, one.passages, one.lead_in) for one in found] == wanted
