"""What the checks share that look for the claim's values in its quotes."""

from __future__ import annotations

from collections.abc import Sequence

from serving.checking.contract import CheckOutcome, Verdict
from serving.checking.values import TextValues, strip_markers
from serving.checking.verbatim import iter_verbatim
from serving.sentences import iter_sentences


def is_verbatim(claim: str, quotes: Sequence[str], values: Sequence[TextValues]) -> bool:
    """Whether a quote holds the claim word for word, and no value of the quote is cut by it.

    Cut means that "$1.2" is taken from "$1.2 million". `values[i]` are those of `quotes[i]`. The
    claim may have its markers or not.
    """
    return any(
        not (_is_cut(quote, read, span.start) or _is_cut(quote, read, span.end))
        for quote, read in zip(quotes, values, strict=True)
        for text in {claim.strip(), strip_markers(claim)}
        for span in iter_verbatim(text, quote)
    )


def _is_cut(quote: str, values: TextValues, offset: int) -> bool:
    """What seems to be one value across the end of a sentence ("… 5. May …") is none."""
    return values.is_cut_at(offset) and not any(
        offset in {span.start, span.end} for span in iter_sentences(quote)
    )


def found_outcome(name: str, missing: Sequence[str], total: int) -> CheckOutcome:
    """All of `total` values found: `supported`; some: `partial`; none: `unsupported`."""
    if total == 0:
        return CheckOutcome(name, Verdict.SUPPORTED, f"The claim has no {name}.")
    if not missing:
        return CheckOutcome(name, Verdict.SUPPORTED, f"All {name} of the claim are in its quotes.")
    verdict = Verdict.PARTIAL if len(missing) < total else Verdict.UNSUPPORTED
    listed = ", ".join(f"“{value.strip(' .,')}”" for value in missing)
    return CheckOutcome(
        name,
        verdict,
        f"Not in the quotes: {listed}.",
        unsupported_part=", ".join(missing) if verdict is Verdict.PARTIAL else None,
    )
