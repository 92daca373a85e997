"""A judge without a model: the baseline that a model's agreement with people has to beat."""

from __future__ import annotations

import re
from collections import Counter

from evaluation.judge.contract import Case, GradedAnswer
from evaluation.judgements import Grade, JudgeIdentity
from evaluation.metrics.entailment import covers
from evaluation.plain_text import plain

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ARTICLES = frozenset({"a", "an", "the"})
_DECLINES = re.compile(
    r"\b(?:do(?:es)? not|don't|doesn't|cannot|can't|could not|couldn't|am not able to|unable to|"
    r"not? (?:information|answer)|nothing)\b[^.]*"
    r"\b(?:know|answer|say|state|mention|find|found|tell|contain|documents?|information|about)\b",
    re.IGNORECASE,
)
_MIN_CORRECT_RECALL = 0.6
_MIN_PARTIAL_RECALL = 0.3


class LexicalJudge:
    """Grades by the share of the reference's words that the answer holds, its figures first.

    Token recall as in SQuAD's F1 (Rajpurkar et al., EMNLP 2016), without its precision: a longer
    answer is no worse one. It knows no paraphrase and no contradiction but that of a figure.
    """

    @property
    def identity(self) -> JudgeIdentity:
        return JudgeIdentity(model="lexical", prompts_sha256="")

    def grade(self, case: Case) -> GradedAnswer:
        return GradedAnswer(grade=_grade(case), reason="")

    def entails(self, premise: str, hypothesis: str) -> bool:
        return covers(premise, hypothesis)


def _grade(case: Case) -> Grade:
    is_declined = bool(_DECLINES.search(plain(case.answer)))
    if case.reference is None:
        return "correct" if is_declined else "incorrect"
    wanted, given = _words(case.reference), _words(case.answer)
    recall = (wanted & given).total() / max(wanted.total(), 1)
    has_figures = all(given[word] for word in wanted if any(map(str.isdigit, word)))
    if is_declined and recall < _MIN_CORRECT_RECALL:
        return "missing"
    if recall >= _MIN_CORRECT_RECALL and has_figures:
        return "correct"
    return "partial" if recall >= _MIN_PARTIAL_RECALL and has_figures else "incorrect"


def _words(text: str) -> Counter[str]:
    return Counter(w for w in _WORD.findall(plain(text).casefold()) if w not in _ARTICLES)
