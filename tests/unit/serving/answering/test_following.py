from __future__ import annotations

from dataclasses import replace

import pytest

from core.chunks import Hit
from retrieval.passages.passage import Passage
from serving.answering.evidence import Sentence, candidate_sentences
from serving.answering.following import following, introduced_by
from tests.integration.retrieval.points import point

_STEPS = "To change your name:\n\nLog in to the portal.\nOpen the tab Profile.\n\nThat is all."


def _passage(*texts: str, heading: str = "Names") -> Passage:
    """One passage of these chunks, with blank lines between, 100 characters into its document."""
    hits, start = [], 100
    for ordinal, text in enumerate(texts):
        chunk = point("doc", ordinal, text=text).chunk
        placed = replace(chunk, start=start, end=start + len(text), heading_path=(heading,))
        hits.append(Hit(chunk=placed, score=1.0))
        start += len(text) + 2
    return Passage(hits=tuple(hits), text="\n\n".join(texts))


def _introduced(passage: Passage, *, limit: int = 10, first: int = 0) -> list[str]:
    other = Passage.of(Hit(chunk=point("other", text="Another matter.").chunk, score=2.0))
    passages = [other, passage]
    sentences = [s for s in candidate_sentences(passages) if s.rank == 2]
    return [s.text for s in introduced_by(sentences[first], passages, limit=limit)]


def test_a_colon_brings_the_block_that_follows_it() -> None:
    assert _introduced(_passage(_STEPS)) == ["Log in to the portal.", "Open the tab Profile."]


def test_a_list_on_the_lines_right_below_is_introduced_too() -> None:
    text = "To change your name:\nLog in to the portal.\nOpen the tab Profile."
    assert _introduced(_passage(text)) == ["Log in to the portal.", "Open the tab Profile."]


def test_code_is_introduced() -> None:
    text = "Enter this command:\n\ngit config --global commit.gpgsign true"
    assert _introduced(_passage(text)) == ["git config --global commit.gpgsign true"]


def test_a_sentence_without_a_colon_introduces_nothing() -> None:
    assert _introduced(_passage(_STEPS.replace(":", ".", 1))) == []


def test_a_colon_at_the_end_of_the_passage_introduces_nothing() -> None:
    assert _introduced(_passage("To change your name:")) == []


def test_a_heading_is_not_introduced() -> None:
    assert _introduced(_passage("More about it below:\n\nNames\n\nThey differ.")) == []


def test_no_more_than_the_limit_is_introduced() -> None:
    assert _introduced(_passage(_STEPS), limit=1) == ["Log in to the portal."]
    assert _introduced(_passage(_STEPS), limit=0) == []


@pytest.mark.parametrize("pieces", [(_STEPS,), tuple(_STEPS.split("\n\n"))])
def test_offsets_and_hits_are_those_of_the_chunks(pieces: tuple[str, ...]) -> None:
    passage = _passage(*pieces)
    (lead, *_) = candidate_sentences([passage])
    found: list[Sentence] = introduced_by(lead, [passage], limit=10)
    assert [s.text for s in found] == ["Log in to the portal.", "Open the tab Profile."]
    for sentence in found:
        chunk = sentence.hit.chunk
        assert chunk.text[sentence.start - chunk.start : sentence.end - chunk.start] == (
            sentence.text
        )


def _following(passage: Passage, *, limit: int = 10, first: int = 0) -> list[str]:
    sentences = list(candidate_sentences([passage]))
    return [s.text for s in following(sentences[first], [passage], limit=limit)]


def test_a_sentence_is_read_on_with_the_next_two() -> None:
    text = "It depends on the form.\n\nUse form 3881 for a bank. Use 22 for a card. Ask for others."
    passage = _passage(text)
    assert _following(passage) == ["Use form 3881 for a bank.", "Use 22 for a card."]
    assert _following(passage, limit=1) == ["Use form 3881 for a bank."]
    assert _following(passage, limit=0) == []


def test_the_next_sentence_brings_the_list_that_it_introduces() -> None:
    passage = _passage("Names can be changed.\n\nDo this:\n\nLog in.\nOpen the tab.\n\nDone it is.")
    assert _following(passage) == ["Do this:", "Log in.", "Open the tab."]
    assert _following(passage, limit=2) == ["Do this:", "Log in."]


def test_behind_a_colon_comes_what_it_introduces_alone() -> None:
    assert _following(_passage(_STEPS)) == ["Log in to the portal.", "Open the tab Profile."]


def test_what_stands_under_another_heading_does_not_follow() -> None:
    one, other = (
        _passage("Names can be changed."),
        _passage("Cards can be ordered.", heading="Cards"),
    )
    start = 100 + len(one.text) + 2
    placed = replace(other.hits[0].chunk, start=start, end=start + len(other.text))
    passage = Passage(
        hits=(*one.hits, Hit(chunk=placed, score=1.0)), text=f"{one.text}\n\n{other.text}"
    )
    assert _following(passage) == []


def test_a_heading_does_not_follow() -> None:
    assert _following(_passage("Names can be changed.\n\nNames\n\nThey can.")) == []


def test_a_row_of_a_table_stands_alone() -> None:
    assert _following(_passage("Zone | Visits\nEurope | 9283\nAsia | 9335"), first=0) == []


def test_nothing_follows_the_end_of_a_passage() -> None:
    assert _following(_passage("Names can be changed.")) == []


@pytest.mark.parametrize(
    ("text", "read_on"),
    [
        ("Leave lapses in July.\n\nHow to book\n\nBook leave in the portal.", []),
        ("Leave lapses in July.\n\nBook it early.\n\nThat is all.", ["Book it early."]),
        ("Leave lapses in July.\n\nBook it early", ["Book it early"]),
    ],
)
def test_a_line_that_stands_alone_like_a_heading_is_not_read_on(
    text: str, read_on: list[str]
) -> None:
    passage = _passage(text, heading="Leave")
    first = next(candidate_sentences([passage]))
    assert [each.text for each in following(first, [passage], limit=1)] == read_on
