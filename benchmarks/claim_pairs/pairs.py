"""All pairs that there are: the written ones, and those made from a set's pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.claim_pairs.made import make_pairs
from benchmarks.claim_pairs.pages import iter_pages
from benchmarks.claim_pairs.pair import ClaimPair, Split
from benchmarks.claim_pairs.reworded import iter_reworded
from benchmarks.claim_pairs.written import iter_written


def load_pairs(corpus: Path | None, *, split: Split | None = None) -> list[ClaimPair]:
    """`corpus` is a folder of markdown pages, None for the written pairs only; `split` None is all
    of them. The same arguments give the same pairs, in the same order.

    Raises ValueError if a written pair quotes a page of the corpus with what it does not say.
    """
    written = list(iter_written())
    pairs = [*written, *iter_reworded(written)]
    if corpus is not None:
        pages = list(iter_pages(corpus))
        _ensure_quoted(pairs, {page.path: page.text for page in pages})
        pairs += make_pairs(pages)
    return [pair for pair in pairs if split in (None, pair.split)]


def _ensure_quoted(pairs: list[ClaimPair], texts: Mapping[str, str]) -> None:
    for pair in pairs:
        for quote in pair.quotes:
            if quote.text not in texts.get(quote.document, quote.text):
                raise ValueError(f"{pair.id}: its quote is not in {quote.document} any more.")
