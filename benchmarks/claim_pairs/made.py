"""Pairs made by rule from the sentences of a folder of pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from benchmarks.claim_pairs import swaps
from benchmarks.claim_pairs.negations import negations
from benchmarks.claim_pairs.pages import Page, Sentence, content_words, overlap
from benchmarks.claim_pairs.pair import ClaimPair, sampled, stable_number
from serving.checking.contract import Verdict

_LIMIT = 250
_CHANGED: Mapping[str, tuple[swaps.Swap, Verdict]] = MappingProxyType(
    {
        "number_swap": (swaps.numbers, Verdict.UNSUPPORTED),
        "amount_swap": (swaps.amounts, Verdict.UNSUPPORTED),
        "date_swap": (swaps.dates, Verdict.UNSUPPORTED),
        "unit_swap": (swaps.units, Verdict.UNSUPPORTED),
        "name_swap": (swaps.names, Verdict.UNSUPPORTED),
        "modality": (swaps.modality, Verdict.UNSUPPORTED),
        "negation": (negations, Verdict.CONTRADICTED),
    }
)
# Passages that have more words in common may well say the same.
_MAX_OVERLAP = 0.25
_MAX_COVERED = 0.5
# Words that begin a sentence with a capital for no other reason.
_LOWERED = re.compile(
    r"(?:The|You|Your|We|Our|A|An|If|When|In|On|For|To|All|Each|Every|Please|There|Some|Most|"
    r"As|At|By|During|After|Before|Once|Use|Submit|Send|Contact|Include|Employees|Staff|"
    r"Supervisors|People|Teams)\b"
)
_MEASURE = re.compile(
    r"(?<![\w.$/:-])(?:\$\d+(?:,\d{3})*(?:\.\d+)?|(?:\d+(?:,\d{3})*(?:\.\d+)?|two|three|four|five|six|"
    r"seven|eight|nine|ten|twelve)(?:%|[ -](?:calendar |business |work(?:ing)? |consecutive )?"
    r"(?:minute|hour|day|night|week|month|year|percent|people|pay period)))",
    re.IGNORECASE,
)


def make_pairs(pages: Sequence[Page]) -> list[ClaimPair]:
    """Up to `_LIMIT` of every kind; the same pages give the same pairs."""
    kinds: dict[str, list[ClaimPair]] = defaultdict(list)
    of_pages = _without_repeats(pages)
    for sentences in of_pages:
        for pair in (*_changed(sentences), *_same_page(sentences), *_merged(sentences)):
            kinds[pair.kind].append(pair)
    for split in ("train", "test"):
        own = [s for sentences in of_pages for s in sentences if s.page.split == split]
        for pair in (*_other_page(own), *_equal_numbers(own)):
            kinds[pair.kind].append(pair)
    return [pair for kind in sorted(kinds) for pair in sampled(kinds[kind], _LIMIT)]


def _without_repeats(pages: Sequence[Page]) -> list[list[Sentence]]:
    """The sentences page by page, each text once: else one could be in both splits."""
    seen: set[str] = set()
    of_pages = []
    for page in pages:
        new = list({s.text: s for s in page.sentences if s.text not in seen}.values())
        seen.update(sentence.text for sentence in new)
        of_pages.append(new)
    return of_pages


def _changed(sentences: Sequence[Sentence]) -> Iterator[ClaimPair]:
    """Word for word, and with one thing changed."""
    for sentence in sentences:
        yield _pair("verbatim", Verdict.SUPPORTED, sentence.text, sentence)
        for kind, (swap, label) in _CHANGED.items():
            for claim in swap(sentence.text):
                yield _pair(kind, label, claim, sentence)


def _same_page(sentences: Sequence[Sentence]) -> Iterator[ClaimPair]:
    """Cited to the sentence of the same page that has most words in common with it."""
    for sentence in sentences:
        others = [other for other in sentences if _differs(sentence, other)]
        if sentence.stands_alone and others:
            nearest = max(others, key=lambda other: overlap(sentence.text, other.text))
            yield _pair("wrong_passage_same_page", Verdict.UNSUPPORTED, sentence.text, nearest)


def _other_page(sentences: Sequence[Sentence]) -> Iterator[ClaimPair]:
    """Cited to the sentence of another page that has most words in common with it."""
    by_word: dict[str, list[int]] = defaultdict(list)
    for index, sentence in enumerate(sentences):
        for word in content_words(sentence.text):
            by_word[word].append(index)
    for sentence in sentences:
        if not sentence.stands_alone or stable_number(sentence.text) % 4:
            continue
        rare = sorted(content_words(sentence.text), key=lambda word: (len(by_word[word]), word))[:8]
        near = {index for word in rare for index in by_word[word][:60]}
        others = [
            sentences[index]
            for index in sorted(near)
            if sentences[index].page is not sentence.page and _differs(sentence, sentences[index])
        ]
        if others:
            nearest = max(others, key=lambda other: overlap(sentence.text, other.text))
            yield _pair("wrong_passage_other_page", Verdict.UNSUPPORTED, sentence.text, nearest)


def _equal_numbers(sentences: Sequence[Sentence]) -> Iterator[ClaimPair]:
    """A sentence with one number, cited to one about something else that has the same number."""
    by_number: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        found = {match[0].lower().replace("-", " ") for match in _MEASURE.finditer(sentence.text)}
        if len(found) == 1:
            by_number[found.pop()].append(sentence)
    for alike in by_number.values():
        for sentence in alike:
            others = [other for other in alike if _differs(sentence, other)]
            others.sort(key=lambda other: -overlap(sentence.text, other.text))
            for other in others[:3] if sentence.stands_alone else ():
                yield _pair("equal_number", Verdict.UNSUPPORTED, sentence.text, other)


def _merged(sentences: Sequence[Sentence]) -> Iterator[ClaimPair]:
    """Two facts of a page in one sentence: with one of them cited, and with both."""
    alone = [sentence for sentence in sentences if sentence.stands_alone]
    for first, second in pairwise(alone):
        if len(first.text.split()) + len(second.text.split()) > 45 or not _differs(second, first):
            continue
        tail = second.text
        if not _LOWERED.match(tail):
            continue
        claim = f"{first.text.rstrip('.')}, and {tail[0].lower()}{tail[1:]}"
        cited = first if stable_number(claim) % 2 else second
        yield _pair("merged_one_cited", Verdict.PARTIAL, claim, cited)
        yield _pair("merged_both_cited", Verdict.SUPPORTED, claim, first, second)


def _differs(claim: Sentence, other: Sentence) -> bool:
    """Whether the other sentence is hardly able to say what the claim says."""
    words = content_words(claim.text)
    covered = len(words & content_words(other.text)) / max(1, len(words))
    return (
        claim != other
        and covered <= _MAX_COVERED
        and overlap(claim.text, other.text) <= _MAX_OVERLAP
    )


def _pair(kind: str, label: Verdict, claim: str, *cited: Sentence) -> ClaimPair:
    first = cited[0]
    number = stable_number(claim, *(f"{s.page.path}:{s.start}" for s in cited)) % 16**8
    return ClaimPair(
        id=f"{kind}-{number:08x}",
        kind=kind,
        label=label,
        split=first.page.split,
        claim=claim,
        quotes=tuple(sentence.cited for sentence in cited),
        context=first.page.passage(first),
    )
