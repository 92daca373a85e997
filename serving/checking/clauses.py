"""Clauses of a text with what decides their polarity: negations, negated words, bounds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from serving.sentences import iter_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A stretch of a sentence with one polarity.

    `stems` are its content words, crudely stemmed. `negations` counts its words of negation.
    `forms` says of words that have a negated twin ("paid", "unpaid") which of the two is there:
    True for the negated one. `bounds` holds "at_most" for "up to", "no more than", … and
    "at_least" for "more than", "no less than", …. `exceptions` are the stems that follow "unless"
    or "except".
    """

    stems: frozenset[str]
    negations: int
    forms: Mapping[str, bool]
    bounds: frozenset[str]
    exceptions: frozenset[str] = frozenset()

    @property
    def is_negative(self) -> bool:
        """Whether an odd number of negations is left: "no one … without" takes itself back."""
        return self.negations % 2 == 1


@dataclass(frozen=True, slots=True)
class _Segment:
    kind: Literal["main", "condition", "exception"]
    clause: Clause


_CONTRACTION = re.compile(r"n['’]t\b")
# Phrases with a word of negation that negate nothing.
_IDIOMS = re.compile(
    r"\bnot (?:only|just|merely|to mention)\b|\bwhether or not\b|\bor not\b|\bif not,"
    r"|\b(?:(?:do not|never) (?:forget|hesitate|fail) to|be sure not to forget to)\b"
    r"|\bno (?:matter|doubt|problem|worries)\b|\bnothing but\b|\bnone other than\b|\bif no(?:t|ne),"
)
_AT_MOST = re.compile(
    r"\b(?:no|not) (?:more|greater|later|longer|higher|over|above) than\b|\bat (?:the )?most\b"
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

_NEGATIONS = frozenset(
    "not never no none nobody nothing neither nowhere without unable hardly barely scarcely avoid "
    "avoids refrain refrains prohibit prohibits prohibited forbid forbids forbidden ban bans banned "
    "disallow disallows disallowed bar barred lack lacks lacking".split()
)
# "neither … nor" and "not … nor" deny once.
_OPENED_BY = frozenset({"not", "no", "neither", "never", "none"})

_TWINS = MappingProxyType(
    {
        f"{prefix}{base}": base
        for prefix, bases in {
            "un": "able acceptable affected approved assigned authorised authorized available aware "
            "certain changed classified clear common encrypted enforceable expected fair familiar "
            "happy important insured known lawful likely limited lock managed necessary official "
            "paid planned protected published qualified related reliable required restricted safe "
            "scheduled secure signed sold stable structured successful suitable sure supported "
            "supervised taxed tested trusted used usual verified wanted",
            "non": "binding billable commercial compliant confidential employee essential exempt "
            "federal negotiable paid permanent profit public refundable reimbursable required "
            "residential sensitive standard taxable technical transferable working",
            "in": "accurate active adequate applicable appropriate complete consistent correct "
            "direct eligible frequent secure sufficient valid visible voluntary",
            "im": "permissible possible proper",
            "il": "legal legible",
            "ir": "regular relevant responsible reversible revocable",
            "dis": "abled agree approved continued enabled honest qualified similar",
            "de": "activated",
        }.items()
        for base in bases.split()
    }
    | {"optional": "require", "disabled": "enabled", "illegible": "legible"}
)
_BASES = frozenset(_TWINS.values())
_SYNONYMS = MappingProxyType(
    dict.fromkeys(
        "required requires requiring requirement requirements mandatory compulsory obligatory "
        "necessary need needs needed must".split(),
        "require",
    )
    | dict.fromkeys("allowed allows permit permits permitted may can".split(), "allow")
)
# No stems: they say too little to align two clauses by. "must" and "may" are kept out as well.
_IDLE = frozenset(
    "a about above after again all also am an and any anyone are as at be because been before "
    "being below between both but by can could did do does doing down during each either else "
    "every everyone few for from further get gets had has have having he her here him his how i if "
    "in into is it its just like made make makes may me might more most must my nor not of off on "
    "once one only or other our out over own please shall she should so some such than that the "
    "their them then there these they this those through to too under until up us very was we were "
    "what when where whether which while who whom whose why will with would you your yours s t ll "
    "re ve d m no never none nobody nothing neither nowhere without".split()
)
_SUFFIX = re.compile(r"(?:ations?|ings?|ers?|ied|ies|ed|es|ly|s|e|y)\Z")
_MIN_STEM = 3

_SUBJECT = (
    r"(?:you|we|they|it|he|she|i|there|this|that|these|those|please|must|should|can|cannot|may|"
    r"might|will|shall|do|does|did|is|are|was|were|has|have|had|never|not|always|then|no)\b"
)
_EXCEPTION_WORDS = (
    r"unless|except(?:ing)?(?: for| that| when| if)?|excluding|apart from|other than|"
    r"with the exceptions? of|save for"
)
_CONDITION_WORDS = (
    r"if|when|whenever|because|since|so that|as long as|until|before|after|where|once"
)
_BREAK = re.compile(
    rf"[,(]?\s*\b(?P<exception>{_EXCEPTION_WORDS})\b"
    rf"|,?\s\b(?P<condition>{_CONDITION_WORDS})\b(?=\s)"
    r"|(?P<main>;|:\s|—|\s[–-]\s"
    r"|,?\s\b(?:but|however|although|though|whereas|while|instead|otherwise)\b"
    rf"|(?:,|,?\s\b(?:and|or|so)\b)\s(?={_SUBJECT}))"
)
_OPENING = re.compile(
    rf"\s*(?:(?P<exception>{_EXCEPTION_WORDS})|(?P<condition>{_CONDITION_WORDS}))\b"
)
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\(?(?:\d{1,3}|[a-z])[.)])\s")
_ANSWER = re.compile(r"\s*(no|nope|yes|yep)\b", re.IGNORECASE)


def iter_clauses(text: str) -> Iterator[tuple[Clause, ...]]:
    """The clauses of each sentence that states something, sentence by sentence.

    A question states something only when "Yes" or "No" follows it. The items of a list under a
    negated opening ("You must not:") are negated. A condition without a negation of its own
    belongs to the clause that it qualifies.
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
        clauses = clauses_of(sentence)
        if sentence.endswith(":") and clauses:
            inherited = clauses[-1].negations
        if clauses:
            yield tuple(replace(clause, negations=clause.negations + extra) for clause in clauses)


def clauses_of(sentence: str) -> tuple[Clause, ...]:
    """The clauses of one sentence that have content words. Exceptions are not among them."""
    lowered = _plain(sentence)
    segments = [_Segment(kind, _clause(part)) for kind, part in _segments(lowered)]
    merged = _attach(segments)
    return tuple(clause for clause in merged if clause.stems)


def denies_or_excepts(fragment: str) -> bool:
    """Whether a piece of a clause holds a word that turns the rest of the clause around."""
    plain = _plain(fragment)
    return (
        _clause(plain).negations > 0 or re.search(rf"\b(?:{_EXCEPTION_WORDS})\b", plain) is not None
    )


def iter_breaks(sentence: str) -> Iterator[tuple[int, int]]:
    """Where one clause of the sentence ends and the next begins: (start, end) of what is between.

    A lead-in to an exception is no break: what it excepts hangs on it.
    """
    for match in _BREAK.finditer(sentence.lower()):
        if match["exception"] is None:
            yield match.span()


def _plain(sentence: str) -> str:
    lowered = _CONTRACTION.sub(" not", sentence.lower().replace("cannot", "can not"))
    lowered = lowered.replace("can't", "ca not").replace("’", "'")
    lowered = " ".join(lowered.split())
    lowered = _NUMBER_SIGN.sub("number ", lowered)
    return _INTERJECTION.sub("", lowered, count=1) if _INTERJECTION.match(lowered) else lowered


def _segments(lowered: str) -> Iterator[tuple[Literal["main", "condition", "exception"], str]]:
    """The sentence cut at its breaks. What opens with "if" or "unless" ends at the first comma."""
    kind: Literal["main", "condition", "exception"] = "main"
    start = 0
    opening = _OPENING.match(lowered)
    if opening is not None:
        kind = "exception" if opening["exception"] else "condition"
        comma = lowered.find(", ", opening.end())
        end = comma if comma >= 0 else len(lowered)
        yield kind, lowered[opening.end() : end]
        kind, start = "main", end
    for match in _BREAK.finditer(lowered, start):
        yield kind, lowered[start : match.start()]
        if match["exception"]:
            kind = "exception"
        else:
            kind = "condition" if match["condition"] else "main"
        start = match.end()
    yield kind, lowered[start:]


def _attach(segments: list[_Segment]) -> list[Clause]:
    """Hang exceptions, and conditions that deny nothing, on the main clause that they qualify."""
    clauses: list[Clause] = []
    waiting: list[_Segment] = []
    main: int | None = None
    for segment in segments:
        if segment.kind == "main" and segment.clause.stems:
            clauses.append(segment.clause)
            main = len(clauses) - 1
            for early in waiting:
                clauses[main] = _qualified(clauses[main], early)
            waiting = []
        elif segment.kind == "condition" and segment.clause.negations:
            clauses.append(segment.clause)
        elif main is None:
            waiting.append(segment)
        else:
            clauses[main] = _qualified(clauses[main], segment)
    return clauses + [early.clause for early in waiting if early.kind != "exception"]


def _qualified(main: Clause, by: _Segment) -> Clause:
    if by.kind == "exception":
        return replace(main, exceptions=main.exceptions | by.clause.stems)
    return replace(
        main,
        stems=main.stems | by.clause.stems,
        forms={**by.clause.forms, **main.forms},
        bounds=main.bounds | by.clause.bounds,
    )


def _clause(part: str) -> Clause:
    bounds = set()
    for name, pattern in (("at_most", _AT_MOST), ("at_least", _AT_LEAST)):
        part, count = pattern.subn(" ", part)
        if count:
            bounds.add(name)
    words = _WORD.findall(_NEGATED_PREFIX.sub("non", _IDIOMS.sub(" ", part)))
    return Clause(
        stems=frozenset(_stem(_TWINS.get(word, word)) for word in words if word not in _IDLE),
        negations=_negations(words),
        forms=_forms(words),
        bounds=frozenset(bounds),
    )


def _negations(words: list[str]) -> int:
    count = 0
    is_open = False
    for word in words:
        if word in _NEGATIONS or (word == "nor" and not is_open):
            count += 1
            is_open = is_open or word in _OPENED_BY
    return count


def _forms(words: list[str]) -> dict[str, bool]:
    """Which of the two forms of each word is there; nothing where both are."""
    found: Counter[str] = Counter()
    forms: dict[str, bool] = {}
    for word in words:
        plain = _SYNONYMS.get(word, word)
        base = _TWINS.get(word) or (plain if plain in _BASES else None)
        if base is not None and forms.setdefault(base, word in _TWINS) != (word in _TWINS):
            found[base] += 1
    return {base: is_negated for base, is_negated in forms.items() if not found[base]}


def _stem(word: str) -> str:
    word = _SYNONYMS.get(word, word).removesuffix("'s")
    stem = _SUFFIX.sub("", word)
    return stem if len(stem) >= _MIN_STEM else word
