"""From a question and its history to what is searched for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.chunks import Hit, SourceId
from core.settings import QuestionSettings
from retrieval.questions.acronyms import Acronym
from retrieval.questions.contract import NamedDocuments, Turn, Understood
from retrieval.questions.expansion import find_expansions, has_acronym
from retrieval.questions.follow_ups import FollowUp, read_follow_up
from retrieval.questions.named_documents import put_in_front, read_named_documents
from retrieval.questions.parts import question_parts
from retrieval.questions.rewriting import DEGRADED_REWRITE, RewriteStage


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is searched for: `queries`, at least one, whose hits are taken in turns.

    `named` are documents that the question names, if it was not misread. `degraded` says that the
    model's help had to be done without.
    """

    understood: Understood
    queries: tuple[str, ...]
    named: tuple[NamedDocuments, ...] = ()
    source_names: Mapping[SourceId, str] = field(default_factory=dict)
    degraded: tuple[str, ...] = ()


class QuestionUnderstanding:
    """Understands questions. Safe to use from several threads."""

    def __init__(self, settings: QuestionSettings, *, rewriter: RewriteStage | None = None) -> None:
        self._settings = settings
        self._rewriter = rewriter

    def plan(
        self,
        question: str,
        *,
        history: Sequence[Turn],
        source_names: Mapping[SourceId, str],
        is_wanted: bool = True,
    ) -> Plan:
        """`source_names` are those that a question may name. Where understanding is not wanted the
        question is searched for as it is.
        """
        if not is_wanted:
            return Plan(understood=Understood(question=question), queries=(question,))
        follow_up, degraded = self._follow_up(question, history)
        parts = question_parts(follow_up.question) if self._settings.parts else ()
        queries = [follow_up.question, *parts]
        why = []
        if follow_up.question != question:
            why.append("the question leans on the conversation")
        if follow_up.with_context is not None:
            queries.append(follow_up.with_context)
            why.append("it may lean on the conversation: searched for without and with it")
        if parts:
            why.append("the question has several parts: each is searched for")
        return Plan(
            understood=Understood(question=follow_up.question, parts=parts, why=tuple(why)),
            queries=tuple(queries),
            named=(
                read_named_documents(follow_up.question, source_names=source_names)
                if self._settings.filters
                else ()
            ),
            source_names=source_names,
            degraded=degraded,
        )

    def looks_deeper(self, query: str) -> bool:
        """Whether passages below the first few may say what the query means."""
        return self._settings.acronyms and has_acronym(query)

    def expansions(self, query: str, hits: Sequence[Hit]) -> tuple[Acronym, ...]:
        """What acronyms of the query mean, in the passages that it found."""
        return find_expansions(query, hits) if self._settings.acronyms else ()

    def _follow_up(
        self, question: str, history: Sequence[Turn]
    ) -> tuple[FollowUp, tuple[str, ...]]:
        if not self._settings.follow_ups or not any(turn.role == "user" for turn in history):
            return FollowUp(question=question), ()
        if self._rewriter is None:
            return read_follow_up(question, history), ()
        rewritten = self._rewriter.standalone(question, history)
        if rewritten is None:
            return read_follow_up(question, history), (DEGRADED_REWRITE,)
        return FollowUp(question=rewritten), ()


def concluded(
    plan: Plan, hits: Sequence[Hit], *, expansions: Sequence[Acronym]
) -> tuple[list[Hit], Understood]:
    """The hits with those of the named documents in front, and all that was understood."""
    ordered, applied = put_in_front(hits, plan.named, source_names=plan.source_names)
    why = list(plan.understood.why)
    why += [f"{item.short} stands for {item.long}" for item in expansions]
    why += [f"the words “{item.words}” name documents: they come first" for item in applied]
    return ordered, replace(
        plan.understood,
        expansions=tuple(dict.fromkeys(expansions)),
        filters=applied,
        why=tuple(dict.fromkeys(why)),
    )
