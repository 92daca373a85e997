"""What came back for one question: what metrics are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from evaluation.answers import Answered, AnsweredClaim
from evaluation.judgements import Grade, Judgement
from evaluation.passages import FoundPassage
from evaluation.sets import Question

RANKING_DEPTH = 10
"""How many documents count; a gold document further down counts as not found."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A question, the passages found for it, best first, and the answer where one was asked for.

    `passages` is None where no search was made, `judgement` where no judge was asked.
    """

    question: Question
    passages: tuple[FoundPassage, ...] | None
    answer: Answered | None = None
    judgement: Judgement | None = None

    @property
    def claims(self) -> tuple[AnsweredClaim, ...]:
        """The claims of an answer; none where it abstained or none was asked for."""
        if self.answer is None or self.answer.status != "answered":
            return ()
        return self.answer.claims

    @property
    def grade(self) -> Grade | None:
        """The judge's; None where there is none."""
        return self.judgement.grade if self.judgement else None

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The first `RANKING_DEPTH` distinct documents of the passages, best first.

        A document is its path. Where the question names the source of its gold, a document of
        another source is `SOURCE:PATH`, so that an equal path elsewhere does not count.
        """
        distinct = dict.fromkeys(self._document(passage) for passage in self.passages or ())
        return tuple(distinct)[:RANKING_DEPTH]

    def _document(self, passage: FoundPassage) -> str:
        wanted = self.question.source
        if wanted and passage.source and passage.source != wanted:
            return f"{passage.source}:{passage.path}"
        return passage.path
