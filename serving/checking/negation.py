"""The claim affirms what its quotes affirm and denies what they deny."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from serving.checking.clauses import (
    Clause,
    clauses_of,
    denies_or_excepts,
    iter_breaks,
    iter_clauses,
)
from serving.checking.contract import CheckOutcome, Quote, Verdict
from serving.checking.values import strip_markers
from serving.checking.verbatim import iter_verbatim
from serving.sentences import Span, iter_sentences

# Below this share of the claim's content words in one clause, the two are not about the same.
_MIN_OVERLAP = 0.5
# Below this share, what looks like a denial may be another way to say the same.
_MIN_OVERLAP_TO_CONTRADICT = 0.75
_NOTHING_NEAR = None
# What a denial may stand for in other words.
_MAY_DENY = re.compile(
    r"\b(?:un|non-?|in(?=e)|im(?=p)|ir(?=r)|dis)[a-z]{4,}|[a-z]{3,}less\b|\b(?:optional|voluntar\w*"
    r"|only|alone|sole(?:ly)?|exclusive(?:ly)?|instead|rather|otherwise|until|still|pending|less"
    r"|fewer|than|some|sometimes|few|rarely|seldom|fails?|refus\w*|stop\w*|ends?|prevent\w*"
    r"|exempt\w*|exclu\w*|waive\w*|limit\w*|maximum|closed?|cancel\w*|remov\w*|delet\w*"
    r"|declin\w*|reject\w*|ignor\w*|skip\w*|omit\w*|missing|absent|too|hard|difficult"
    r"|differ\w*|other|another|separate(?:ly)?|outside|beyond|free|private|confidential|secret"
    r"|temporar\w*|expire[sd]?)\b",
    re.IGNORECASE,
)
# "Not … until" says when it is so after all. Exceptions are compared by themselves.
_TAKES_BACK = re.compile(r"\b(?:until|till|before|without|otherwise|else)\b", re.IGNORECASE)


class NegationCheck:
    """Aligns each clause of the claim with the most similar clause of the quotes, by content
    words, and compares their polarity: how many times each denies, odd or even.

    `contradicted` where one denies what the other affirms, also by a negated twin ("unpaid", "not
    paid"; "optional", "required"), by a bound turned round ("no more than", "more than"), or by an
    exception ("all but contractors" against "contractors"). A clause of the claim without a
    counterpart is left to the layer that asks what it means, and so is one where the side that
    affirms may deny in other words ("only", "unable", "exempt"), or the other takes its denial back
    ("not until"). Words standing in the quote one after the other pass, unless the cut leaves a
    negation of their own clause behind.

    Conditions ("if you are not sure") are compared with conditions alone: they assert nothing.

    Known limits. Alignment goes by shared words, so a paraphrase in other words is not compared,
    and of two quoted clauses equally near the claim the one that agrees is taken. What one side
    denies and the other does not speak of is not compared; only where the claim denies, and no
    word of the quotes could be what it means, it is `unsupported`. "Not all" counts as a
    plain negation; "only", "rarely", "refuse", "exempt" and antonyms outside the lists
    ("inside", "outside") count as none; a relative clause shares the polarity of its main clause.
    Prefixes are read from a list. English only: elsewhere every clause is affirmative.
    """

    name: ClassVar[str] = "negation"

    def check(self, claim: str, quotes: Sequence[Quote]) -> CheckOutcome:
        text = strip_markers(claim)
        if any(_holds_whole(claim, quote.text) for quote in quotes):
            return CheckOutcome(self.name, Verdict.SUPPORTED, "The claim stands in the quote.")
        claimed = [clause for span in iter_sentences(text) for clause in _clauses_in(text, span)]
        quoted = [clause for quote in quotes for clause in _comparable(quote.text, claimed)]
        verdicts = _verdicts(claimed, quoted, _OtherWords.of(text, quotes))
        if Verdict.CONTRADICTED in verdicts:
            detail = "The claim denies what its quote affirms, or affirms what it denies."
            return CheckOutcome(self.name, Verdict.CONTRADICTED, detail)
        if _NOTHING_NEAR in verdicts and _denies_alone(text, claimed, quotes):
            detail = "The claim denies something, and its quotes deny nothing."
            return CheckOutcome(self.name, Verdict.UNSUPPORTED, detail)
        if _NOTHING_NEAR in verdicts:
            detail = "No sentence of the quotes is near enough to the claim to compare."
            return CheckOutcome(self.name, Verdict.SUPPORTED, detail)
        detail = "The claim affirms and denies what its quotes do."
        return CheckOutcome(self.name, Verdict.SUPPORTED, detail)


def _denies_alone(text: str, claimed: Sequence[Clause], quotes: Sequence[Quote]) -> bool:
    """Whether a clause of the claim denies, and no word of the quotes could be what it means."""
    denies = any(clause.is_negative and not clause.is_condition for clause in claimed)
    denies = denies and not _TAKES_BACK.search(text)
    return denies and not any(
        _MAY_DENY.search(quote.text) or denies_or_excepts(quote.text) for quote in quotes
    )


def _clauses_in(text: str, span: Span) -> tuple[Clause, ...]:
    return clauses_of(text[span.start : span.end])


def _comparable(quote: str, claimed: Sequence[Clause]) -> Iterator[Clause]:
    """The clauses of the quote that the claim's may align with, and as a whole each sentence whose
    clauses agree in polarity.
    """

    def is_relevant(stems: frozenset[str]) -> bool:
        return any(
            len(_claim_stems(one) & stems) >= _MIN_OVERLAP * len(one.stems) for one in claimed
        )

    for clauses in iter_clauses(quote, is_relevant):
        yield from clauses
        mains = [clause for clause in clauses if not clause.is_condition]
        if len(mains) > 1 and len({clause.is_negative for clause in mains}) == 1:
            yield Clause(
                stems=frozenset().union(*(clause.stems for clause in mains)),
                negations=mains[0].negations % 2,
                forms={base: form for clause in mains for base, form in clause.forms.items()},
                bounds=frozenset().union(*(clause.bounds for clause in mains)),
                exceptions=frozenset().union(*(clause.exceptions for clause in mains)),
                denied=_denied(mains),
                denied_first=_denied_first(mains),
            )


def _verdicts(
    claimed: Sequence[Clause], quoted: Sequence[Clause], words: _OtherWords
) -> list[Verdict | None]:
    """One a clause. One of a single word ("In short: …") need not have a counterpart."""
    denials = _Denials(
        claimed=_denied(claimed),
        quoted=_denied(quoted),
        claimed_first=_denied_first(claimed),
        quoted_first=_denied_first(quoted),
    )
    verdicts = [
        (len(clause.stems) > 1, _compare(clause, quoted, denials, words)) for clause in claimed
    ]
    has_longer = any(is_long for is_long, _ in verdicts)
    return [
        verdict
        for is_long, verdict in verdicts
        if is_long or not has_longer or verdict is not _NOTHING_NEAR
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Denials:
    """The stems of all that the claim denies, and of all that the quotes deny; and those that
    follow a word of negation first.
    """

    claimed: frozenset[str]
    quoted: frozenset[str]
    claimed_first: frozenset[str]
    quoted_first: frozenset[str]


def _denied_first(clauses: Sequence[Clause]) -> frozenset[str]:
    return frozenset().union(*(clause.denied_first for clause in clauses))


def _denied(clauses: Sequence[Clause]) -> frozenset[str]:
    return frozenset().union(*(clause.denied for clause in clauses))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """The words of one side that the other does not have: those by which it may deny, and those by
    which it may take a denial back.
    """

    denying: frozenset[str]
    taking_back: frozenset[str]

    @classmethod
    def of(cls, text: str, other: str) -> Self:
        return cls(
            denying=_found(_MAY_DENY, text) - _found(_MAY_DENY, other),
            taking_back=_found(_TAKES_BACK, text) - _found(_TAKES_BACK, other),
        )


def _found(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(match[0].lower() for match in pattern.finditer(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _OtherWords:
    """What claim and quotes may mean by words that only one of them has."""

    claimed: _Words
    quoted: _Words

    @classmethod
    def of(cls, claim: str, quotes: Sequence[Quote]) -> Self:
        quoted = "\n".join(quote.text for quote in quotes)
        return cls(claimed=_Words.of(claim, quoted), quoted=_Words.of(quoted, claim))

    def may_explain(self, claimed: Clause, quoted: Clause) -> bool:
        """Whether the one of the two that affirms may deny after all, or the other affirm."""
        if claimed.is_negative == quoted.is_negative:
            return False
        negative, affirmative = (
            (self.claimed, self.quoted) if claimed.is_negative else (self.quoted, self.claimed)
        )
        return bool(affirmative.denying or negative.taking_back)


def _compare(
    claimed: Clause, quoted: Sequence[Clause], denials: _Denials, words: _OtherWords
) -> Verdict | None:
    """A condition without a counterpart asserts nothing, so it is passed over."""
    ranked = [
        (_nearness(claimed, clause), clause)
        for clause in quoted
        if clause.is_condition == claimed.is_condition
    ]
    best = max((nearness for nearness, _ in ranked), default=(0.0, 0.0))
    if best[0] < _MIN_OVERLAP:
        return Verdict.SUPPORTED if claimed.is_condition else _NOTHING_NEAR
    nearest = [clause for nearness, clause in ranked if nearness == best]
    if any(_agree(claimed, clause) for clause in nearest):
        return Verdict.SUPPORTED
    if best[0] < _MIN_OVERLAP_TO_CONTRADICT or any(
        words.may_explain(claimed, clause) for clause in nearest
    ):
        return _NOTHING_NEAR
    if all(_denies_something_else(claimed, clause, denials) for clause in nearest):
        return _NOTHING_NEAR
    return Verdict.CONTRADICTED


def _denies_something_else(claimed: Clause, quoted: Clause, denials: _Denials) -> bool:
    """Whether one of the two denies what the other does not speak of, or denies elsewhere."""
    if claimed.is_negative == quoted.is_negative or claimed.bounds != quoted.bounds:
        return False
    negated, other, denied, denied_first = (
        (claimed, quoted, denials.quoted, denials.quoted_first)
        if claimed.is_negative
        else (quoted, claimed, denials.claimed, denials.claimed_first)
    )
    spoken_of = len(negated.denied & other.stems)
    if 2 * spoken_of < len(negated.denied):
        return True
    if other.negations:
        return False
    # "So that it is not lost, …" for "…, so that it is not lost": cut into other clauses.
    is_denied_first = bool(negated.denied_first) and negated.denied_first <= denied_first
    return is_denied_first or 2 * len(negated.denied & denied) > len(negated.denied)


def _nearness(claimed: Clause, quoted: Clause) -> tuple[float, float]:
    """The share of the claim's stems that the quote has (exceptions included); then Jaccard."""
    stems = quoted.stems | quoted.exceptions
    claimed_stems = _claim_stems(claimed)
    shared = len(claimed_stems & stems)
    return shared / len(claimed_stems), shared / len(claimed_stems | stems)


def _claim_stems(claimed: Clause) -> frozenset[str]:
    return claimed.stems | claimed.exceptions


def _agree(claimed: Clause, quoted: Clause) -> bool:
    if claimed.bounds and quoted.bounds and not claimed.bounds & quoted.bounds:
        return False
    turns = claimed.negations + quoted.negations
    turns += sum(
        claimed.forms[base] != quoted.forms[base]
        for base in claimed.forms.keys() & quoted.forms.keys()
    )
    return (turns + _speaks_of_exception(claimed, quoted)) % 2 == 0


def _speaks_of_exception(claimed: Clause, quoted: Clause) -> bool:
    """Whether one of the two is about the very case that the other excepts, and only one."""
    if bool(claimed.exceptions) == bool(quoted.exceptions):
        return False
    exceptions, stems = (
        (quoted.exceptions, claimed.stems)
        if quoted.exceptions
        else (claimed.exceptions, quoted.stems)
    )
    return 2 * len(exceptions & stems) >= len(exceptions) + 1


def _holds_whole(claim: str, quote: str) -> bool:
    return any(
        not _leaves_negation_behind(span, quote)
        for text in {claim.strip(), strip_markers(claim)}
        for span in iter_verbatim(text, quote)
    )


def _leaves_negation_behind(cut: Span, quote: str) -> bool:
    for span in iter_sentences(quote):
        if span.end <= cut.start or cut.end <= span.start:
            continue
        sentence = quote[span.start : span.end]
        before = sentence[: max(cut.start - span.start, 0)]
        after = sentence[max(cut.end - span.start, 0) :] if cut.end < span.end else ""
        if denies_or_excepts(_last_clause(before)) or denies_or_excepts(_first_clause(after)):
            return True
    return False


def _last_clause(text: str) -> str:
    breaks = list(iter_breaks(text + " "))
    return text[breaks[-1][1] :] if breaks else text


def _first_clause(text: str) -> str:
    first = next(iter_breaks(text), None)
    return text[: first[0]] if first else text
