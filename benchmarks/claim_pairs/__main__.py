"""How well the check tells what a quote says from what it does not say, kind by kind.

    python -m benchmarks.claim_pairs [SET] [--split train|test|all] [--json FILE]
        [--show-misses KIND] [--cold]

SET is an evaluation set with markdown pages; without it only the pairs beside this file are used.
Times are those of a claim in an answer, whose passages have been read by then; with `--cold`, those
of a claim whose quotes nobody has read before.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.claim_pairs.pair import Split
from benchmarks.claim_pairs.pairs import load_pairs
from benchmarks.claim_pairs.results import Rates, Result, check_all, rates
from core.blobs import FsspecTextStore
from core.settings import EmbeddingSettings
from evaluation.sets import load_evaluation_set
from retrieval.embedders.remembering import RememberingEncoder
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.checking.default import default_checker
from serving.checking.entailment.packaged import PackagedEntailer

_OTHER_DOMAINS = "other_domains"
_SPLITS: dict[str, Split | None] = {"train": "train", "test": "test", "all": None}
_COLUMNS = (
    "kind",
    "pairs",
    "right",
    "exact verdict",
    "passed (supported)",
    "caught (others)",
    "balanced accuracy",
    "p50 ms",
    "p95 ms",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("set", type=Path, nargs="?")
    parser.add_argument("--split", choices=tuple(_SPLITS), default="test")
    parser.add_argument("--json", type=Path, help="Where to write the rates of every kind.")
    parser.add_argument("--cold", action="store_true", help="Quotes are read within the time.")
    parser.add_argument("--show-misses", metavar="KIND", help="Print the pairs that went wrong.")
    arguments = parser.parse_args()
    corpus = load_evaluation_set(arguments.set).corpus if arguments.set is not None else None
    pairs = load_pairs(corpus, split=_SPLITS[arguments.split])
    with tempfile.TemporaryDirectory() as folder:
        store = FsspecTextStore(folder)
        packaged = SentenceTransformersEmbedder.from_settings(EmbeddingSettings())
        encoder = RememberingEncoder(packaged)
        checker = default_checker(store, PackagedEntailer(encoder))
        check_all(pairs[:20], checker, store=store)  # What is read at the first use is not timed.
        read = len if arguments.cold else encoder.encode_words
        results = check_all(pairs, checker, store=store, read=read)
    table = _rates_by_kind(results)
    _print(table)
    if arguments.json is not None:
        found = {kind: asdict(row) for kind, row in table.items()}
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    if arguments.show_misses is not None:
        _print_misses([result for result in results if result.pair.kind == arguments.show_misses])


def _rates_by_kind(results: Sequence[Result]) -> dict[str, Rates]:
    """Other trades than the handbook's have their own rows, and no part in `all`."""
    kinds: dict[str, list[Result]] = defaultdict(list)
    own: list[Result] = []
    for result in results:
        kinds[result.pair.kind].append(result)
        if result.pair.kind.startswith(_OTHER_DOMAINS):
            kinds[f"{_OTHER_DOMAINS}: all"].append(result)
        else:
            own.append(result)
    rows = {kind: rates(kinds[kind]) for kind in sorted(kinds)}
    return rows | ({"all": rates(own)} if own else {})


def _print(table: dict[str, Rates]) -> None:
    print(f"| {' | '.join(_COLUMNS)} |")
    print("|---" * len(_COLUMNS) + "|")
    for kind, row in table.items():
        shares = (row.passed, row.caught, row.balanced_accuracy)
        shown = [f"{share:.3f}" if share is not None else "" for share in shares]
        counts = [str(count) for count in (row.pairs, row.right, row.exact)]
        times = [f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}"]
        print(f"| {' | '.join([kind, *counts, *shown, *times])} |")


def _print_misses(results: Sequence[Result]) -> None:
    for result in results:
        if result.is_right:
            continue
        print(f"\n{result.pair.id}: {result.pair.label}, said {result.checked.verdict}")
        print(f"  claim: {result.pair.claim}")
        for quote in result.pair.quotes:
            print(f"  quote: {' '.join(quote.text.split())}")
        for outcome in result.checked.outcomes:
            print(f"  {outcome.name}: {outcome.verdict}. {outcome.detail}")


if __name__ == "__main__":
    main()
