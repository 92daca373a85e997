"""Paraphrases with one thing exchanged: false in other words than the quote's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from benchmarks.claim_pairs import swaps
from benchmarks.claim_pairs.negations import negations
from benchmarks.claim_pairs.pair import ClaimPair
from serving.checking.contract import Verdict

_PARAPHRASE = "paraphrase"
_RULES: Mapping[str, tuple[tuple[swaps.Swap, ...], Verdict]] = MappingProxyType(
    {
        "value_swap": (
            (swaps.numbers, swaps.amounts, swaps.dates, swaps.units),
            Verdict.UNSUPPORTED,
        ),
        "name_swap": ((swaps.names,), Verdict.UNSUPPORTED),
        "modality": ((swaps.modality,), Verdict.UNSUPPORTED),
        "negation": ((negations,), Verdict.CONTRADICTED),
    }
)
# A "not" put in or a "must" for a "may" may well be of words that the quote holds elsewhere.
_MAY_BE_QUOTED = frozenset({"modality", "negation"})


def iter_reworded(pairs: Iterable[ClaimPair]) -> Iterator[ClaimPair]:
    """One per rule and paraphrase at most, where the rule has something to exchange."""
    for pair in pairs:
        if pair.kind != _PARAPHRASE:
            continue
        for kind, (rules, label) in _RULES.items():
            claims = [claim for rule in rules for claim in rule(pair.claim)]
            claims = [c for c in claims if kind in _MAY_BE_QUOTED or not _is_quoted(c, pair)]
            for claim in claims[:1]:
                yield replace(
                    pair,
                    id=f"{pair.id}-{kind}",
                    kind=f"reworded_{kind}",
                    label=label,
                    claim=claim,
                )


def _is_quoted(claim: str, pair: ClaimPair) -> bool:
    """Whether what came into the claim stands in the quote."""
    new = set(claim.split()) - set(pair.claim.split())
    quoted = {word for quote in pair.quotes for word in quote.text.split()}
    return bool(new & quoted)
