"""How well the check tells what a citation carries from what it does not.

    python -m benchmarks.claim_pairs [SET] [--split train|test|all] [--show KIND…]

Checks the pairs that were written by hand, and with an evaluation set those that are made by rule
from its corpus, too. Prints, by kind, how many there are and how many are judged as they should be:
what is supported is let pass, what is not is caught (any verdict but `supported`).
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.claim_pairs.checking import PairChecker
from benchmarks.claim_pairs.handwritten import handwritten_pairs, other_domains
from benchmarks.claim_pairs.mechanical import mechanical_pairs
from benchmarks.claim_pairs.pair import Pair
from benchmarks.claim_pairs.sentences import corpus_sentences
from serving.checking.checker import CheckedClaim
from serving.checking.contract import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A pair with what the check made of it, and how long it took."""

    pair: Pair
    checked: CheckedClaim
    seconds: float

    @property
    def is_right(self) -> bool:
        return (self.checked.verdict is Verdict.SUPPORTED) == self.pair.is_supported


def main() -> None:
    parser = argparse.ArgumentParser(description="The check over labelled pairs.")
    parser.add_argument("set", type=Path, nargs="?", help="an evaluation set with a corpus/")
    parser.add_argument("--split", choices=("train", "test", "all"), default="test")
    parser.add_argument("--show", nargs="*", default=(), help="print the wrong ones of these kinds")
    arguments = parser.parse_args()
    pairs = [pair for pair in all_pairs(arguments.set) if arguments.split in (pair.split, "all")]
    judged = _judge(pairs)
    _print_table(judged)
    print("\nOther domains:\n")
    others = _judge(list(other_domains()))
    _print_table(others)
    for each in (*judged, *others):
        if each.pair.kind in arguments.show and not each.is_right:
            _show(each)


def all_pairs(evaluation_set: Path | None) -> list[Pair]:
    """Those by hand, and with a set those by rule."""
    made = mechanical_pairs(corpus_sentences(evaluation_set / "corpus")) if evaluation_set else ()
    return [*made, *handwritten_pairs()]


def _judge(pairs: list[Pair]) -> list[Judged]:
    checker = PairChecker()
    judged = []
    for pair in track(pairs, "checking", console=Console(stderr=True), transient=True):
        started = time.perf_counter()
        checked = checker.check(pair)
        judged.append(Judged(pair=pair, checked=checked, seconds=time.perf_counter() - started))
    return judged


def _print_table(judged: list[Judged]) -> None:
    print("| kind | pairs | should be | judged so | by |\n|---|--:|---|--:|---|")
    for kind, of_kind in _by_kind(judged).items():
        right = sum(each.is_right for each in of_kind)
        wanted = "supported" if of_kind[0].pair.is_supported else "caught"
        layers = ", ".join(f"{name} {count}" for name, count in _catching(of_kind).items() if count)
        print(f"| {kind} | {len(of_kind)} | {wanted} | {right / len(of_kind):.1%} | {layers} |")
    rates = [
        np.mean([each.is_right for each in judged if each.pair.is_supported is is_supported])
        for is_supported in (True, False)
    ]
    times_ms = [1000 * each.seconds for each in judged]
    print(f"\nBalanced accuracy: {np.mean(rates):.3f}")
    print(f"ms a claim: p50 {np.median(times_ms):.1f}, p95 {np.quantile(times_ms, 0.95):.1f}")


def _by_kind(judged: Iterable[Judged]) -> Mapping[str, list[Judged]]:
    kinds: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        kinds[each.pair.kind].append(each)
    return kinds


def _catching(judged: Iterable[Judged]) -> Mapping[str, int]:
    """How many pairs each layer found something against."""
    counts: dict[str, int] = defaultdict(int)
    for each in judged:
        for outcome in each.checked.outcomes:
            counts[outcome.name] += outcome.verdict is not Verdict.SUPPORTED
    return counts


def _show(judged: Judged) -> None:
    print(f"\n{judged.pair.claim}")
    for cited in judged.pair.cited:
        print(f"  <- {cited.header}: {' '.join(cited.text.split())}")
    for outcome in judged.checked.outcomes:
        print(f"     {outcome.name}: {outcome.verdict.value}. {outcome.detail}")


if __name__ == "__main__":
    main()
