"""Judging a stored run: each answer's grade, and whether its citations entail its claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import lru_cache

from core.errors import ConfigurationError
from core.language_models.contract import NoUsableReply
from evaluation.answers import AnsweredClaim
from evaluation.judge.contract import Case, Judge
from evaluation.judgements import ClaimJudgement, Judgement
from evaluation.metrics.citation import citation_recall, precise_citations
from evaluation.runner import summarise
from evaluation.runs import Run
from evaluation.scores import QuestionResult
from evaluation.sets import Question


class NothingToJudge(ConfigurationError):
    """The run holds no answers."""

    title = "Nothing to judge"


def require_answers(run: Run) -> None:
    """Raises NothingToJudge for a run of retrieval only, or one that kept no answers."""
    statuses = [result.status for result in run.results]
    if not any(statuses):
        raise NothingToJudge(f"{run.name} asked for no answers. Run it without --no-answers.")
    if any(result.status == "answered" and result.answer is None for result in run.results):
        raise NothingToJudge(f"{run.name} kept no answers. Run it without --bare.")


def settled(run: Run, judge: Judge) -> dict[str, Judgement]:
    """By question, what this very judge has said in full: none of it is asked again."""
    if run.judge != judge.identity:
        return {}
    return {
        result.question.id: result.judgement
        for result in run.results
        if result.judgement is not None and result.judgement.is_complete
    }


def judge_results(
    results: Sequence[QuestionResult],
    judge: Judge,
    *,
    concurrency: int,
    on_judged: Callable[[str, Judgement], None],
) -> None:
    """Judge each result, `concurrency` at a time; `on_judged` gets question id and judgement from
    this thread, in the order in which they come.

    Raises ModelUnavailable, ModelMisconfigured, once what was under way has come.
    """
    with ThreadPoolExecutor(concurrency, thread_name_prefix="judge") as pool:
        waiting: dict[Future[Judgement], str] = {
            pool.submit(judge_result, result, judge): result.question.id for result in results
        }
        try:
            for future in as_completed(waiting):
                judgement = future.result()
                on_judged(waiting.pop(future), judgement)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            # What was under way has been paid for.
            for future, question_id in waiting.items():
                if not future.cancelled() and future.exception() is None:
                    on_judged(question_id, future.result())
            raise


def judge_result(result: QuestionResult, judge: Judge) -> Judgement:
    """A question that was declined needs no judge: declining is `correct` where nothing answers
    it, else `missing`.

    A verdict that cannot be had is a `problem`, or None for a claim. Raises ModelUnavailable,
    ModelMisconfigured.
    """
    question, answer = result.question, result.answer
    if result.status == "abstained":
        return Judgement(grade="missing" if question.is_answerable else "correct")
    if answer is None:
        return Judgement(grade=None)
    claims = tuple(_judge_claim(claim, judge) for claim in answer.claims)
    reference = reference_of(question)
    if reference is None and question.is_answerable:
        return Judgement(grade=None, claims=claims)
    case = Case(question=_as_asked(question), reference=reference, answer=answer.text)
    try:
        graded = judge.grade(case)
    except NoUsableReply as error:
        return Judgement(grade=None, problem=error.detail, claims=claims)
    return Judgement(grade=graded.grade, reason=graded.reason, claims=claims)


def reference_of(question: Question) -> str | None:
    """The question's right answer, else its evidence; None where nothing answers it, or the set
    has neither.
    """
    if not question.is_answerable:
        return None
    return question.answer or "\n".join(question.evidence) or None


def judged_run(run: Run, judge: Judge, judgements: Mapping[str, Judgement]) -> Run:
    """The run with these judgements, by question, and the scores that follow from them."""
    results = [result.judged(judgements.get(result.question.id)) for result in run.results]
    evaluation = summarise(results)
    return run.model_copy(
        update={
            "results": evaluation.results,
            "overall": evaluation.overall,
            "groups": evaluation.groups,
            "judge": judge.identity,
        }
    )


def _judge_claim(claim: AnsweredClaim, judge: Judge) -> ClaimJudgement | None:
    # Recall and precision ask the same of all citations together.
    entails = lru_cache(maxsize=None)(judge.entails)
    try:
        return ClaimJudgement(
            is_entailed=citation_recall(claim, entails),
            precise_citations=precise_citations(claim, entails),
            citations=len(claim.citations),
        )
    except NoUsableReply:
        return None


def _as_asked(question: Question) -> str:
    """With the conversation before it, since a follow-up asks nothing without it."""
    if not question.history:
        return question.question
    turns = [f"{turn.role}: {turn.content}" for turn in question.history]
    return "\n".join([*turns, f"user: {question.question}"])
