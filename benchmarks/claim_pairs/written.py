"""Pairs that a person wrote, from the files beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.claim_pairs.pair import CitedText, ClaimPair, Split, split_of
from serving.checking.contract import Verdict

_FOLDER = Path(__file__).with_name("written")
# Made-up passages of other trades than the handbook's: nothing is ever fitted to them.
_OTHER_DOMAINS = "other_domains/"


class _Quote(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    header: str
    document: str = Field(min_length=1)


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(min_length=1)
    label: Verdict
    claim: str = Field(min_length=1)
    quotes: tuple[_Quote, ...] = Field(min_length=1)


def iter_written() -> Iterator[ClaimPair]:
    """File by file, in order of name."""
    for file in sorted(_FOLDER.glob("*.jsonl")):
        for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            line = _Line.model_validate_json(text)
            yield ClaimPair(
                id=f"{file.stem}-{number:03}",
                kind=line.kind,
                label=line.label,
                split=_split(line.quotes[0].document),
                claim=line.claim,
                quotes=tuple(
                    CitedText(text=quote.text, header=quote.header, document=quote.document)
                    for quote in line.quotes
                ),
                context="\n\n".join(quote.text for quote in line.quotes),
            )


def _split(document: str) -> Split:
    return "test" if document.startswith(_OTHER_DOMAINS) else split_of(document)
