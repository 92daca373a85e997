"""Questions from passages by a model, those that rules find fault with dropped."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from itertools import islice

from pydantic import BaseModel, ConfigDict

from core.language_models.contract import NoUsableReply
from evaluation.drafting.checks import Fault, find_verbatim, normalised, repeats_heading
from evaluation.drafting.drafts import Draft
from evaluation.drafting.passages import DraftPassage
from evaluation.language_model.contract import LanguageModel

_PROMPT = files("evaluation.drafting").joinpath("prompts/draft.md").read_text("utf-8")
PROMPT_SHA256 = hashlib.sha256(_PROMPT.encode()).hexdigest()
_ID_CHARS = 12


class _Drafted(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    answer: str
    quote: str


def draft_questions(
    passages: Iterable[DraftPassage],
    model: LanguageModel,
    *,
    wanted: int,
    known: Iterable[Draft] = (),
    concurrency: int = 1,
    on_draft: Callable[[Draft], None],
) -> Counter[Fault]:
    """Ask for a question on each passage in turn, until `wanted` are good; `on_draft` gets each.

    Passages that `known` drafts are of are left out, and so are questions that equal theirs.
    Returns how many passages gave no draft, by the reason. Raises ModelUnavailable,
    ModelMisconfigured.
    """
    known = list(known)
    used = {draft.passage_id for draft in known}
    questions = {normalised(draft.question) for draft in known}
    dropped: Counter[Fault] = Counter()
    fresh = (passage for passage in passages if passage.id not in used)
    good = 0
    with ThreadPoolExecutor(concurrency, thread_name_prefix="draft") as pool:
        while good < wanted:
            # No more at once than are wanted: each costs a request.
            batch = list(islice(fresh, min(concurrency, wanted - good)))
            if not batch:
                break
            replies = pool.map(lambda passage: _ask(model, passage), batch)
            for passage, reply in zip(batch, replies, strict=True):
                draft = _checked(reply, passage, model=model.name, known=questions)
                if isinstance(draft, Draft):
                    questions.add(normalised(draft.question))
                    on_draft(draft)
                    good += 1
                else:
                    dropped[draft] += 1
    return dropped


def _ask(model: LanguageModel, passage: DraftPassage) -> _Drafted | None:
    headings = " > ".join(part for part in (passage.title, *passage.heading_path) if part)
    try:
        return model.ask(
            _PROMPT, material={"headings": headings, "passage": passage.text}, reply=_Drafted
        )
    except NoUsableReply:
        return None


def _checked(
    reply: _Drafted | None, passage: DraftPassage, *, model: str, known: set[str]
) -> Draft | Fault:
    if reply is None:
        return "no usable reply"
    question, answer = reply.question.strip(), reply.answer.strip()
    if not question or not answer:
        return "nothing to ask"
    evidence = find_verbatim(reply.quote, passage=passage.text)
    if evidence is None:
        return "quote not in the passage"
    if repeats_heading(question, passage):
        return "repeats the heading"
    if normalised(question) in known:
        return "duplicate"
    return Draft(
        id=_draft_id(question, passage),
        question=question,
        answer=answer,
        evidence=evidence,
        path=passage.path,
        also_in=passage.also_in,
        source=passage.source,
        heading_path=passage.heading_path,
        passage=passage.text,
        passage_id=passage.id,
        model=model,
        prompt_sha256=PROMPT_SHA256,
    )


def _draft_id(question: str, passage: DraftPassage) -> str:
    named = "\0".join((passage.source or "", passage.path, question))
    return f"draft-{hashlib.sha256(named.encode()).hexdigest()[:_ID_CHARS]}"
