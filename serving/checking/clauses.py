"""Clauses of a text with what decides their polarity: negations, negated words, bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from serving.checking.negation_words import (
    BASES,
    IDLE,
    NEGATIONS,
    OPENED_BY,
    SYNONYMS,
    TWINS,
)
from serving.sentences import iter_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of a sentence with one polarity.

    `stems` are its content words, crudely stemmed. `negations` counts its words of negation.
    `denied` are the stems of what these words deny: the few that follow them; `denied_first` are
    those that follow first.
    `forms` says of words that have a negated twin ("paid", "unpaid") which of the two is there:
    True for the negated one. `bounds` holds "at_most" for "up to", "no more than", … and
    "at_least" for "more than", "no less than", …. `exceptions` are the stems that follow "unless"
    or "except". `is_condition`: it follows "if", "when", …, so that nothing is said of it but that
    the main clause depends on it.
    """

    stems: frozenset[str]
    negations: int
    forms: Mapping[str, bool]
    bounds: frozenset[str]
    exceptions: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    denied_first: frozenset[str] = frozenset()
    is_condition: bool = False

    @property
    def is_negative(self) -> bool:
        """Whether an odd number of negations is left: "no one … without" takes itself back."""
        return self.negations % 2 == 1


_Kind = Literal["main", "condition", "exception"]


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: _Kind
    clause: Clause
    ends_in_copula: bool


_CONTRACTION = re.compile(r"n't\b")
# Phrases with a word of negation that negate nothing.
_IDIOMS = re.compile(
    r"\bnot to mention\b|\bor not\b|\bif not,"
    r"|\b(?:(?:do not|never) (?:forget|hesitate|fail) to|be sure not to forget to)\b"
    r"|\b(?:do|does|did|would) not mind\b"
    r"|\bno (?:matter|doubt|problem|worries)\b|\bnothing but\b|\bnone other than\b|\bif no(?:t|ne),"
)
_HAVE_TO = re.compile(r"\b(?:have|has|had|having) to\b")
_NOTHING_TO_DO_WITH = re.compile(r"\b(?:(?:have|has|had|having) )?nothing to do with\b")
_WHETHER_OR_NOT = re.compile(r"\bwhether or not\b")
# A purpose that is a danger: said of both sides alike, or of none.
_PURPOSE = re.compile(r"(?<!need )(?<!have )(?<!try )(?<!ought )(?<!sure )\bto avoid\b")
_NOT_ONLY = re.compile(r"\bnot (?:only|just|merely)\b")
_AT_MOST = re.compile(
    # "at least 3 days before" is no later than 3 days before.
    r"\bat least(?=[^,;.:]{0,30}\b(?:before|prior|ahead|in advance|beforehand)\b)"
    r"|\b(?:no|not) (?:more|greater|later|longer|higher|over|above) than\b|\bat (?:the )?most\b"
    r"|\b(?:(?:must|may|shall|should|can|will|does|do|to|could) ?not|cannot|not to|never) exceed\b"
    r"|\bno later than\b|\bup to\b|\b(?:less|fewer|lower|shorter) than\b|\ba maximum of\b"
)
_AT_LEAST = re.compile(
    r"\b(?:no|not) (?:less|fewer|earlier|sooner|lower|shorter|under|below) than\b"
    r"|\bat (?:the )?(?:least|minimum)\b|\b(?:more|greater|longer|higher) than\b|\ba minimum of\b"
    r"|\bexceed(?:s|ed|ing)?\b"
)
_NUMBER_SIGN = re.compile(r"\bno\.? ?(?=\d)")
_INTERJECTION = re.compile(r"\s*(?:no|nope|yes|yep)\s*(?:[,.!:;—–-]+\s*|\Z)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NEGATED_PREFIX = re.compile(r"\bnon[- ]?(?=[a-z]{4})")

_SUFFIX = re.compile(r"(?:ations?|ings?|ers?|ied|ies|ed|es|ly|s|e|y)\Z")
_MIN_STEM = 3
_MOST_DENIED = 3

_SUBJECT = (
    r"(?:you|we|they|it|he|she|i|there|this|that|these|those|please|must|should|can|cannot|may|"
    r"might|will|shall|do|does|did|is|are|was|were|has|have|had|never|not|always|then|no)\b"
)
_EXCEPTION_WORDS = (
    r"unless|except(?:ing)?(?: for| that| when| where| if)?|excluding|apart from|other than|"
    r"minus(?= (?:the|an?|any)\b)|"
    r"with the exceptions? of|save for"
)
# "All staff except interns get …" is read as "All staff get … except interns".
_EXCEPTED_SUBJECT = re.compile(
    r"^((?:[^\s,]+ ){0,4}[^\s,]+),? (except(?: for)?|excluding|apart from|other than) "
    r"((?:the |an? )?(?!(?:the|an?|for) )[^\s,]+(?:(?:,| and| or) [^\s,]+)*),? "
    r"(?!and |or )([^.;:!?]+)"
)
_EXCEPTION = re.compile(rf"\b(?:{_EXCEPTION_WORDS})\b")
_CONDITION_WORDS = (
    r"if|when|whenever|because|since|so that|as long as|until|before|after|where|once"
)
_BREAK = re.compile(
    rf"[,(]?\s*\b(?P<exception>{_EXCEPTION_WORDS}"
    # "from the chapters, not the leads"
    r"|(?<=, )not(?= (?!to exceed|exceed|later|more|less|only|just|merely|be )))\b"
    rf"|,?\s\b(?P<condition>{_CONDITION_WORDS})\b(?=\s)"
    r"|(?P<main>;|:\s|—|\s[–-]\s"
    r"|,?\s\b(?:but|however|although|though|whereas|while|instead|(?<!not )otherwise)\b"
    rf"|(?:,|,?\s\b(?:and|or|so)\b)\s(?={_SUBJECT}))"
)
_OPENING = re.compile(
    rf"\s*(?:(?P<exception>{_EXCEPTION_WORDS})|(?P<condition>{_CONDITION_WORDS}))\b"
)
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_COPULA = re.compile(r"\b(?:is|are|was|were)(?: not| also)?\s*\Z")
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\(?(?:\d{1,3}|[a-z])[.)])\s")
_ANSWER = re.compile(r"\s*(no|nope|yes|yep)\b", re.IGNORECASE)


def iter_clauses(
    text: str, is_relevant: Callable[[frozenset[str]], bool] = lambda _: True
) -> Iterator[tuple[Clause, ...]]:
    """The clauses of each sentence that states something, sentence by sentence.

    Only sentences whose stems are relevant are taken apart.

    A question states something only when "Yes" or "No" follows it. The items of a list under a
    negated opening ("You must not:") are negated. The stems of a condition are also those of the
    clause that it qualifies.
    """
    sentences = [text[span.start : span.end] for span in iter_sentences(text)]
    inherited = 0
    for index, sentence in enumerate(sentences):
        if _LIST_ITEM.match(sentence) is None:
            inherited = 0
        extra = inherited
        if sentence.rstrip("\"'”’)").endswith("?"):
            answer = _ANSWER.match(sentences[index + 1]) if index + 1 < len(sentences) else None
            if answer is None:
                continue
            extra = int(answer[1].lower().startswith("n"))
        if sentence.endswith(":"):
            *_, (_, last) = _segments(_plain(sentence))
            inherited = _clause(last).negations
        if is_relevant(stems_of(sentence)) and (clauses := clauses_of(sentence)):
            yield tuple(_with_negations(clause, extra) for clause in clauses)


def _with_negations(clause: Clause, extra: int) -> Clause:
    if clause.is_condition or not extra:
        return clause
    return replace(
        clause,
        negations=clause.negations + extra,
        denied=clause.stems,
        denied_first=clause.stems,
    )


def stems_of(text: str) -> frozenset[str]:
    """The stems of all content words, whatever clause they are in."""
    return _stems(_WORD.findall(_NEGATED_PREFIX.sub("non", text.lower().replace("’", "'"))))


def clauses_of(sentence: str) -> tuple[Clause, ...]:
    """The clauses of one sentence that have content words. Exceptions are not among them."""
    lowered = _plain(sentence)
    segments = [
        _Segment(kind, _clause(part), _COPULA.search(part) is not None)
        for kind, part in _segments(lowered)
    ]
    merged = _attach(segments)
    return tuple(clause for clause in merged if clause.stems)


def denies_or_excepts(fragment: str) -> bool:
    """Whether a piece of a clause holds a word that turns the rest of the clause around."""
    plain = _plain(fragment)
    return _clause(plain).negations > 0 or _EXCEPTION.search(plain) is not None


def iter_breaks(sentence: str) -> Iterator[tuple[int, int]]:
    """Where one clause of the sentence ends and the next begins: (start, end) of what is between.

    A lead-in to an exception is no break: what it excepts hangs on it.
    """
    # Lower case by table: `lower` makes two characters of some, and would move the offsets.
    for match in _BREAK.finditer(sentence.translate(_ASCII_LOWER)):
        if match["exception"] is None:
            yield match.span()


def _plain(sentence: str) -> str:
    """In lower case, on one line, with "not" a word of its own."""
    lowered = " ".join(sentence.lower().replace("’", "'").split())
    for joined, apart in (("cannot", "can not"), ("can't", "can not"), ("won't", "will not")):
        lowered = lowered.replace(joined, apart)
    lowered = _NUMBER_SIGN.sub("number ", _CONTRACTION.sub(" not", lowered))
    lowered = _HAVE_TO.sub("must", _NOTHING_TO_DO_WITH.sub("unrelated to", lowered))
    lowered = _PURPOSE.sub("to", _WHETHER_OR_NOT.sub("whether", lowered))
    lowered = _EXCEPTED_SUBJECT.sub(r"\1 \4 \2 \3", lowered)
    return _INTERJECTION.sub("", lowered, count=1) if _INTERJECTION.match(lowered) else lowered


def _segments(lowered: str) -> Iterator[tuple[_Kind, str]]:
    """The sentence cut at its breaks. What opens with "if" or "unless" ends at the first comma."""
    kind: _Kind = "main"
    start = 0
    while start < len(lowered):
        opening = _OPENING.match(lowered, start) if kind == "main" else None
        if opening is not None:
            comma = lowered.find(", ", opening.end())
            end = comma if comma >= 0 else len(lowered)
            yield _kind(opening), lowered[opening.end() : end]
            start = end + 1
            continue
        match = _BREAK.search(lowered, start)
        yield kind, lowered[start : match.start() if match else len(lowered)]
        if match is None:
            return
        kind, start = _kind(match), match.end()


def _kind(match: re.Match[str]) -> _Kind:
    named = match.groupdict()
    if named.get("exception"):
        return "exception"
    return "condition" if named.get("condition") else "main"


def _attach(segments: list[_Segment]) -> list[Clause]:
    """Hang exceptions on the main clause that they qualify, and the stems of conditions as well."""
    clauses: list[Clause] = []
    conditions: list[Clause] = []
    waiting: list[_Segment] = []
    negations = 0
    is_predicate = False
    for segment in segments:
        if segment.kind == "main" and not segment.clause.stems:
            # "This is not because …": what is denied comes next. "Or no one can" is complete.
            if segment.ends_in_copula:
                negations += segment.clause.negations
            is_predicate = segment.ends_in_copula
        elif segment.kind == "main" or (segment.kind == "condition" and is_predicate):
            clause = _with_negations(segment.clause, negations)
            for early in waiting:
                clause = _qualified(clause, early)
            clauses.append(clause)
            waiting, negations, is_predicate = [], 0, False
        else:
            if segment.kind == "condition":
                conditions.append(replace(segment.clause, is_condition=True))
            if clauses:
                clauses[-1] = _qualified(clauses[-1], segment)
            else:
                waiting.append(segment)
    return clauses + conditions


def _qualified(main: Clause, by: _Segment) -> Clause:
    if by.kind == "exception":
        return replace(main, exceptions=main.exceptions | by.clause.stems)
    return replace(main, stems=main.stems | by.clause.stems)


def _clause(part: str) -> Clause:
    bounds = set()
    for name, pattern in (("at_most", _AT_MOST), ("at_least", _AT_LEAST)):
        part, count = pattern.subn(" ", part)
        if count:
            bounds.add(name)
    part = _NOT_ONLY.sub("unonly", _IDIOMS.sub(" ", part))
    words = _WORD.findall(_NEGATED_PREFIX.sub("non", part))
    denied = list(_denied(words))
    return Clause(
        stems=_stems(words),
        negations=_negations(words),
        forms=_forms(words),
        bounds=frozenset(bounds),
        denied=frozenset(stem for stems in denied for stem in stems),
        denied_first=frozenset(stems[0] for stems in denied if stems),
    )


def _denied(words: list[str]) -> Iterator[list[str]]:
    """What each negation denies: the stems behind it, or where nothing is, those before it; the
    nearest first.
    """
    for place, word in enumerate(words):
        if word in NEGATIONS or word == "nor":
            behind = [one for one in words[place + 1 :] if one not in IDLE][:_MOST_DENIED]
            before = [one for one in reversed(words[:place]) if one not in IDLE][:_MOST_DENIED]
            yield [_stem(TWINS.get(one, one)) for one in behind or before]


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_stem(TWINS.get(word, word)) for word in words if word not in IDLE)


def _negations(words: list[str]) -> int:
    count = 0
    is_open = False
    for word in words:
        if word in NEGATIONS or (word == "nor" and not is_open):
            count += 1
            is_open = is_open or word in OPENED_BY
    return count


def _forms(words: list[str]) -> dict[str, bool]:
    """Which of the two forms of each word is there; nothing where both are."""
    negated = {TWINS[word] for word in words if word in TWINS}
    plain = {SYNONYMS.get(word, word) for word in words if word not in TWINS} & BASES
    return {base: base in negated for base in negated ^ plain}


def _stem(word: str) -> str:
    word = SYNONYMS.get(word, word).removesuffix("'s")
    stem = _SUFFIX.sub("", word)
    return stem if len(stem) >= _MIN_STEM else word
