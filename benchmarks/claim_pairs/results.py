"""What the check said of each pair, and the rates that follow."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.claim_pairs.pair import ClaimPair
from benchmarks.support import percentile
from core.blobs import TextStore
from core.chunks import DocumentId
from retrieval.embedders.remembering import remembering
from serving.checking.checker import CheckedClaim, CitationChecker
from serving.checking.contract import Quote, Verdict

_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Result:
    """`duration_s` is the check's own time, without what was made ready for it."""

    pair: ClaimPair
    checked: CheckedClaim
    duration_s: float

    @property
    def is_right(self) -> bool:
        """Whether what is supported passes, and only that: any other verdict holds a claim back."""
        return (self.checked.verdict is Verdict.SUPPORTED) == self.pair.is_supported


@dataclass(frozen=True, slots=True)
class Rates:
    """`right` tells supported from not, `exact` every label from every other. `passed` is the share
    of supported pairs that is right (the others are false alarms), `caught` that of the rest; None
    where there are none. Times are milliseconds a claim.
    """

    pairs: int
    right: int
    exact: int
    passed: float | None
    caught: float | None
    p50_ms: float
    p95_ms: float

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of the two recalls: what guessing one label for all would give is 0.5."""
        if self.passed is None or self.caught is None:
            return None
        return (self.passed + self.caught) / 2


def check_all(
    pairs: Sequence[ClaimPair],
    checker: CitationChecker,
    *,
    store: TextStore,
    read: Callable[[Sequence[str]], object] = len,
) -> list[Result]:
    """Each pair on its own, one after another; the quotes' texts are put into the store first, and
    given to `read`.
    """
    return [_check(pair, checker, store, read) for pair in pairs]


def rates(results: Sequence[Result]) -> Rates:
    """Raises ValueError for no results."""
    if not results:
        raise ValueError("There are no results to rate.")
    durations = [1000 * result.duration_s for result in results]
    return Rates(
        pairs=len(results),
        right=sum(result.is_right for result in results),
        exact=sum(result.checked.verdict is result.pair.label for result in results),
        passed=_share_right([r for r in results if r.pair.is_supported]),
        caught=_share_right([r for r in results if not r.pair.is_supported]),
        p50_ms=percentile(durations, 0.5),
        p95_ms=percentile(durations, 0.95),
    )


def _check(
    pair: ClaimPair,
    checker: CitationChecker,
    store: TextStore,
    read: Callable[[Sequence[str]], object],
) -> Result:
    quotes = []
    for number, cited in enumerate(pair.quotes):
        document_id = DocumentId(f"{pair.id}-{number}")
        text = pair.context if cited.text in pair.context else cited.text
        store.put_text(document_id, _VERSION, text)
        start = text.index(cited.text)
        quotes.append(
            Quote(
                document_id=document_id,
                text_version=_VERSION,
                start=start,
                end=start + len(cited.text),
                text=cited.text,
                header=cited.header,
            )
        )
    with remembering():
        read([quote.text for quote in quotes])
        started = time.perf_counter()
        checked = checker.check(pair.claim, quotes)
        return Result(pair, checked, time.perf_counter() - started)


def _share_right(results: Sequence[Result]) -> float | None:
    return sum(result.is_right for result in results) / len(results) if results else None
