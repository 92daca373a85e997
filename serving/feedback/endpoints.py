"""/v1/answers/{id} and /v1/feedback."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from core.answers import VisibleAnswer
from core.catalog.models import AnswerFeedback, FeedbackState, FeedbackVerdict
from core.feedback import Case, Feedback
from serving.dependencies import CallerDep, ServicesDep
from serving.feedback.schemas import (
    CaseInfo,
    FeedbackInfo,
    FeedbackPage,
    FeedbackRequest,
    JudgedAnswer,
    JudgedCitation,
    JudgedClaim,
    ReviewRequest,
)
from serving.metrics import FEEDBACK
from serving.problems import problem_responses
from serving.schemas import DocumentInfo, catalog_document_info

router = APIRouter(tags=["feedback"])

_PROBLEMS = problem_responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get("/answers/{answer_id}", summary="Read a kept answer", responses=_PROBLEMS)
def get_answer(answer_id: str, caller: CallerDep, services: ServicesDep) -> JudgedAnswer:
    """For who asked, and for reviewers. What may no longer be read is left out."""
    services.recorder.settle(answer_id)
    return _to_schema(services.answers.get(caller, answer_id))


@router.put("/answers/{answer_id}/feedback", summary="Judge an answer", responses=_PROBLEMS)
def give_feedback(
    answer_id: str, request: FeedbackRequest, caller: CallerDep, services: ServicesDep
) -> JudgedAnswer:
    """For who asked. It takes the place of earlier feedback on the answer, and of its review."""
    services.recorder.settle(answer_id)
    feedback = Feedback(
        verdict=request.verdict,
        reason=request.reason,
        comment=request.comment,
        expected_answer=request.expected_answer,
        expected_documents=tuple(request.expected_documents),
    )
    answer = services.feedback.give(caller, answer_id, feedback)
    FEEDBACK.labels(verdict=request.verdict.value).inc()
    return _to_schema(answer)


@router.get(
    "/feedback",
    summary="List feedback",
    responses=problem_responses(HTTPStatus.FORBIDDEN),
)
def list_feedback(
    caller: CallerDep,
    services: ServicesDep,
    state: FeedbackState | None = None,
    verdict: FeedbackVerdict | None = None,
    since: Annotated[AwareDatetime | None, Query(description="Judged then or later.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> FeedbackPage:
    """For reviewers: judged answers, latest feedback first, as far as the caller may read them."""
    answers, total = services.feedback.list_feedback(
        caller, state=state, verdict=verdict, since=since, limit=limit, offset=offset
    )
    return FeedbackPage(total=total, answers=[_to_schema(answer) for answer in answers])


@router.put("/feedback/{answer_id}/review", summary="Review feedback", responses=_PROBLEMS)
def review_feedback(
    answer_id: str, request: ReviewRequest, caller: CallerDep, services: ServicesDep
) -> JudgedAnswer:
    """For reviewers. What is accepted is an evaluation case (`vouch eval export`)."""
    if request.decision == "dismissed":
        return _to_schema(services.feedback.dismiss(caller, answer_id))
    case = Case(
        type=request.type,
        gold=None if request.gold is None else tuple(request.gold),
        answer=request.answer,
        must_contain=tuple(request.must_contain),
    )
    return _to_schema(services.feedback.accept(caller, answer_id, case))


def _to_schema(answer: VisibleAnswer) -> JudgedAnswer:
    record = answer.record
    return JudgedAnswer(
        id=record.id,
        asked_by=record.asker,
        asked_at=record.asked_at,
        question=record.question,
        earlier_questions=record.earlier_questions,
        status="answered" if record.claim_count else "abstained",
        claims=[
            JudgedClaim(
                text=claim.text,
                verdict=claim.verdict,
                checks=claim.checks,
                citations=[
                    JudgedCitation(
                        document=catalog_document_info(citation.document), quote=citation.quote
                    )
                    for citation in claim.citations
                ],
            )
            for claim in answer.claims
        ],
        is_complete=answer.is_complete,
        model=record.model,
        prompt=record.prompt,
        assistant=record.assistant,
        feedback=None if answer.feedback is None else _feedback_info(answer.feedback, answer),
    )


def _feedback_info(feedback: AnswerFeedback, answer: VisibleAnswer) -> FeedbackInfo:
    return FeedbackInfo(
        verdict=feedback.verdict,
        reason=feedback.reason,
        comment=feedback.comment if answer.shows_words else "",
        expected_answer=feedback.expected_answer if answer.shows_words else "",
        expected_documents=_document_infos(feedback.expected_documents, answer),
        is_complete=answer.shows_words,
        given_at=feedback.given_at,
        state=feedback.state,
        reviewed_by=feedback.reviewed_by,
        reviewed_at=feedback.reviewed_at,
        case=None
        if feedback.case_type is None
        else _case_info(feedback.case_type, feedback, answer),
    )


def _case_info(case_type: str, feedback: AnswerFeedback, answer: VisibleAnswer) -> CaseInfo:
    return CaseInfo(
        type=case_type,
        gold=_document_infos(feedback.case_gold, answer),
        answer=feedback.case_answer if answer.shows_case else "",
        must_contain=feedback.case_must_contain if answer.shows_case else [],
        is_complete=answer.shows_case,
    )


def _document_infos(document_ids: Iterable[str], answer: VisibleAnswer) -> list[DocumentInfo]:
    return [
        catalog_document_info(answer.readable[id_])
        for id_ in document_ids
        if id_ in answer.readable
    ]
