"""What is read on with a sentence: it explains it, or is what it introduces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.passages.passage import Passage
from serving.answering.evidence import MAX_CHARS, Sentence
from serving.sentences import Span, iter_sentences

_COLONS = (":", "：")
_CELL_BREAK = " | "
# A third one adds to the length of answers more than to what they hold (docs/quality.md).
_NEXT = 2
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_BLANK_LINE_BEFORE = re.compile(rf"{_BLANK_LINE.pattern}[^\S\n]*\Z")
_SENTENCE_ENDS = (*_COLONS, *'.!?…。！？)"”’;')


def following(sentence: Sentence, passages: Sequence[Passage], *, limit: int) -> list[Sentence]:
    """At most `limit` sentences, in reading order: the next two under the same heading, up to the
    list that one introduces; or, behind a sentence that ends in a colon, what that introduces.

    A sentence is often half of what is to be said: "It depends on the form. Use 3881 for …". A
    table's row stands alone. `sentence` comes from one of the passages, the one at its rank.
    """
    found: list[Sentence] = []
    last: Sentence | None = sentence
    while last is not None and len(found) < min(limit, _NEXT):
        if last.text.endswith(_COLONS):
            break
        last = _next(last, passages[sentence.rank - 1])
        found += [last] if last is not None else []
    if last is not None:
        found += introduced_by(last, passages, limit=limit - len(found))
    return found


def introduced_by(sentence: Sentence, passages: Sequence[Passage], *, limit: int) -> list[Sentence]:
    """The sentences of the list, or whatever block follows the sentence's colon, in reading order.

    At most `limit` of them; none without a colon, at the end of the passage, or before a heading.
    A block is what stands between two blank lines of the normalised text.
    """
    if not sentence.text.endswith(_COLONS):
        return []
    passage = passages[sentence.rank - 1]
    start = _start_of_rest(sentence, passage)
    block = _BLANK_LINE.split(passage.text[start:], maxsplit=1)[0]
    found = []
    for span in iter_sentences(block):
        item = _sentence(passage, start, span, rank=sentence.rank)
        if item.text in item.hit.chunk.heading_path or len(item.text) > MAX_CHARS:
            break
        found.append(item)
    return found[:limit]


def _next(sentence: Sentence, passage: Passage) -> Sentence | None:
    start = _start_of_rest(sentence, passage)
    span = next(iter_sentences(passage.text[start:]), None)
    if span is None or _CELL_BREAK in sentence.text:
        return None
    item = _sentence(passage, start, span, rank=sentence.rank)
    is_other = item.hit.chunk.heading_path != sentence.hit.chunk.heading_path
    is_heading = item.text in item.hit.chunk.heading_path
    is_heading = is_heading or _stands_as_heading(
        item.text,
        before=passage.text[: start + span.start],
        after=passage.text[start + span.end :],
    )
    if is_other or is_heading or _CELL_BREAK in item.text or len(item.text) > MAX_CHARS:
        return None
    return item


def _stands_as_heading(line: str, *, before: str, after: str) -> bool:
    """Whether it stands between two blank lines, and does not end as a sentence does: where a chunk
    holds several short sections, its heading path has the first one's heading alone.
    """
    is_alone = _BLANK_LINE_BEFORE.search(before) and _BLANK_LINE.match(after)
    return bool(is_alone) and not line.endswith(_SENTENCE_ENDS)


def _start_of_rest(sentence: Sentence, passage: Passage) -> int:
    """Where the passage goes on behind the sentence, in characters of the passage."""
    after = sentence.end - passage.start
    rest = passage.text[after:]
    return after + len(rest) - len(rest.lstrip())


def _sentence(passage: Passage, offset: int, span: Span, *, rank: int) -> Sentence:
    start = passage.start + offset + span.start
    text = passage.text[offset + span.start : offset + span.end]
    return Sentence(
        hit=passage.hit_at(start), rank=rank, text=text, start=start, end=start + len(text)
    )
