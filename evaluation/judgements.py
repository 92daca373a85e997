"""What a judge said of an answer, as a run keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self, get_args

from pydantic import BaseModel, ConfigDict

Grade = Literal["correct", "partial", "incorrect", "missing"]
"""The four classes of CRAG (perfect, acceptable, incorrect, missing): Yang et al., CRAG:
Comprehensive RAG Benchmark, NeurIPS 2024, datasets and benchmarks.

`correct`: says what the reference says, and nothing against it; also a refusal of what nothing
answers. `partial`: right as far as it goes, and leaves out something that was asked for.
`incorrect`: states something that contradicts the reference, or does not answer the question; also
any answer to what nothing answers. `missing`: declines to answer what could be answered.
"""

GRADES: tuple[Grade, ...] = get_args(Grade)


class JudgeIdentity(BaseModel):
    """Which judge: judgements of different ones do not compare.

    `prompts_sha256` is the hash, in hexadecimal, of all that is said to the model besides the
    material.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    prompts_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimJudgement:
    """Whether what a claim cites entails it, taken together, and how many of its citations count
    as precise. `citations` is how many it has.
    """

    is_entailed: bool
    precise_citations: int
    citations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Of one answer.

    `grade` is None where the judge gave no usable verdict, and `problem` then says why; both are
    empty where the question has nothing to be judged against. `reason` is the judge's own, and may
    quote documents. `claims` has one entry a claim, None where it was not judged.
    """

    grade: Grade | None
    reason: str = ""
    problem: str = ""
    claims: tuple[ClaimJudgement | None, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything was judged that could be."""
        return not self.problem and None not in self.claims

    def bare(self) -> Self:
        """The same without text that may quote documents."""
        return replace(self, reason="")
