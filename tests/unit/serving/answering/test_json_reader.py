"""Sentences out of a JSON reply that is still being written."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from serving.answering.writing.json_reader import JsonReader
from serving.answering.writing.sentence import WrittenSentence

REPLY = json.dumps(
    {
        "answerable": True,
        "sentences": [
            {"quote": "27 days [of leave].", "passage": 1, "text": 'You get "27" days, {really}.'},
            {"quote": "It is \\ paid.", "passage": 2, "text": "It is paid é."},
        ],
    },
    indent=1,
)
SENTENCES = [
    WrittenSentence(
        text='You get "27" days, {really}.', passages=(1,), quote="27 days [of leave]."
    ),
    WrittenSentence(text="It is paid é.", passages=(2,), quote="It is \\ paid."),
]


def read(deltas: list[str]) -> list[WrittenSentence]:
    reader = JsonReader()
    found = [sentence for delta in deltas for sentence in reader.feed(delta)]
    return found + reader.close()


@given(st.lists(st.integers(0, len(REPLY)), max_size=12))
def test_sentences_are_the_same_however_the_reply_is_cut(cuts: list[int]) -> None:
    ends = [*sorted(cuts), len(REPLY)]
    starts = [0, *ends]
    assert read([REPLY[a:b] for a, b in zip(starts, ends, strict=False)]) == SENTENCES


def test_sentence_comes_as_soon_as_its_object_ends() -> None:
    reader = JsonReader()
    end = REPLY.index("},") + 1
    assert reader.feed(REPLY[: end - 1]) == []
    assert reader.feed(REPLY[end - 1 : end]) == SENTENCES[:1]


@given(st.text(max_size=200))
def test_what_is_no_reply_has_no_sentences(text: str) -> None:
    assert read([f'{text}"sentences": 3']) == []


def test_what_ignores_the_schema_is_passed_over() -> None:
    items = [1, {"text": 3}, {"text": " "}, {"text": "Fine.", "passage": True, "quote": None}]
    # Only objects can be sentences: a list that begins otherwise has none.
    assert read([json.dumps({"sentences": items})]) == []
    assert read([json.dumps({"sentences": items[1:]})]) == [WrittenSentence(text="Fine.")]


def test_unanswerable_is_what_the_reply_says() -> None:
    reader = JsonReader()
    reader.feed(json.dumps({"answerable": False, "sentences": []}))
    assert reader.says_unanswerable
    reader = JsonReader()
    reader.feed(REPLY)
    assert not reader.says_unanswerable
