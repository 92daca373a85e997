"""What a sentence that ends in a colon introduces: it says nothing without it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.passages.passage import Passage
from serving.answering.evidence import MAX_CHARS, Sentence
from serving.sentences import iter_sentences

_COLONS = (":", "：")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")


def introduced_by(sentence: Sentence, passages: Sequence[Passage], *, limit: int) -> list[Sentence]:
    """The sentences of the list, or whatever block follows the sentence's colon, in reading order.

    At most `limit` of them; none without a colon, at the end of the passage, or before a heading.
    A block is what stands between two blank lines of the normalised text. `sentence` comes from
    one of the passages, the one at its rank.
    """
    if not sentence.text.endswith(_COLONS):
        return []
    passage = passages[sentence.rank - 1]
    after = sentence.end - passage.start
    rest = passage.text[after:]
    start = after + len(rest) - len(rest.lstrip())
    block = _BLANK_LINE.split(passage.text[start:], maxsplit=1)[0]
    found = []
    for span in iter_sentences(block):
        at = passage.start + start + span.start
        text = block[span.start : span.end]
        hit = passage.hit_at(at)
        if text in hit.chunk.heading_path or len(text) > MAX_CHARS:
            break
        found.append(Sentence(hit=hit, rank=sentence.rank, text=text, start=at, end=at + len(text)))
    return found[:limit]
