"""An answer as a chat shows it, and where its markers stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.chunks import DocumentId, Hit, SourceId
from retrieval.passages.passage import Passage
from retrieval.pipeline import SearchResult
from retrieval.questions.contract import Understood
from serving.answer.events import Answer, AnswerStatus, ClaimGiven, Notice, NoticeCode, Started
from serving.answering.clarifying import Clarification, ClarificationOption
from serving.answering.conflicts import Conflict
from serving.answering.contract import Citation, Claim, TokenUsage, VerifiedClaim
from serving.checking.checker import CheckedClaim
from serving.checking.contract import Verdict
from serving.openai_api.completions import CompletionPresenter
from serving.openai_api.content import ChatContent
from serving.openai_api.schemas import ChatCompletion
from tests.integration.retrieval.points import point


def hit(
    document: str,
    *,
    title: str = "",
    uri: str = "file:///srv/docs/a.md",
    text: str = "Said.",
    path: str | None = None,
) -> Hit:
    chunk = point(document, text=text, path=path or f"{document}.md").chunk
    return Hit(chunk=replace(chunk, title=title or document.title(), uri=uri), score=1.0)


def cited(source: Hit) -> Citation:
    text = source.chunk.text
    return Citation(hit=source, quote=text, start=0, end=len(text))


def claim(text: str, *sources: Hit, verdict: Verdict = Verdict.SUPPORTED) -> VerifiedClaim:
    return VerifiedClaim(
        claim=Claim(text=text, citations=tuple(cited(source) for source in sources)),
        checked=CheckedClaim(verdict=verdict, outcomes=()),
    )


def answer(
    *claims: VerifiedClaim,
    conflicts: Sequence[Conflict] = (),
    notices: Sequence[Notice] = (),
    clarification: Clarification | None = None,
    found: Sequence[Hit] = (),
) -> Answer:
    result = SearchResult(
        hits=list(found),
        understood=Understood(question="?"),
        passages=tuple(Passage.of(each) for each in found),
        question_vector=np.zeros(1, dtype=np.float32),
        timings_s={},
    )
    status: AnswerStatus = "answered" if claims else "abstained"
    return Answer(
        id="a1",
        status="clarification" if clarification else status,
        claims=claims,
        conflicts=tuple(conflicts),
        notices=tuple(notices),
        clarification=clarification,
        confidence=0.9,
        result=result,
        model="test",
        prompt=None,
        usage=TokenUsage(prompt_tokens=11, completion_tokens=5),
        degraded=(),
        timings_s={},
    )


def presenter_of(given: Answer) -> CompletionPresenter:
    started = Started(id="a1", result=given.result, source_names={SourceId("source"): "handbook"})
    content = ChatContent(document_url=lambda document: f"https://vouch.test/{document}")
    return CompletionPresenter(started, model="vouch", content=content)


def completion(given: Answer) -> ChatCompletion:
    return presenter_of(given).whole(given)


def content(given: Answer) -> str:
    return completion(given).choices[0].message.content


def marked(given: Answer) -> list[tuple[str, str]]:
    """What stands in the content where an annotation says, with the title that it gives."""
    message = completion(given).choices[0].message
    citations = [each.url_citation for each in message.annotations]
    return [(message.content[each.start_index : each.end_index], each.title) for each in citations]


LEAVE, TRAVEL = hit("leave"), hit("travel", uri="https://wiki.test/travel (old)")


def test_claims_are_paragraphs_and_sources_a_numbered_list() -> None:
    given = answer(claim("Leave is 27 days.", LEAVE), claim("Both.", TRAVEL, LEAVE))
    assert content(given) == (
        "Leave is 27 days. [1]\n\nBoth. [1][2]\n\nSources:\n\n"
        "1. Leave (leave.md)\n"
        "2. [Travel](https://wiki.test/travel%20%28old%29) (travel.md)"
    )


def test_every_marker_has_an_annotation_at_its_place() -> None:
    given = answer(claim("Leave is [2] days.", LEAVE), claim("Both.", TRAVEL, LEAVE))
    assert marked(given) == [("[1]", "Leave"), ("[1]", "Leave"), ("[2]", "Travel")]
    annotations = completion(given).choices[0].message.annotations
    # A document that is not on the web is Vouch's to show.
    assert [each.url_citation.url for each in annotations] == [
        "https://vouch.test/leave",
        "https://vouch.test/leave",
        "https://wiki.test/travel%20%28old%29",
    ]


def test_places_count_characters_of_any_script() -> None:
    given = answer(claim("Größe: 𝟚𝟟 日 👩‍👩‍👧.", LEAVE), claim("Ja.", TRAVEL))
    assert marked(given) == [("[1]", "Leave"), ("[2]", "Travel")]


def test_documents_of_one_title_are_told_apart_by_their_paths() -> None:
    given = answer(
        claim("A.", hit("a", title="Leave policy")),
        claim("B.", hit("b", title="Leave policy")),
        claim("C.", hit("c", title="Travel")),
    )
    assert [title for _, title in marked(given)] == [
        "Leave policy (handbook: a.md)",
        "Leave policy (handbook: b.md)",
        "Travel",
    ]


def test_stream_and_whole_say_the_same() -> None:
    given = answer(
        claim("A.", LEAVE),
        claim("B.", TRAVEL),
        notices=[Notice(NoticeCode.CLAIMS_DROPPED, "Left out: 1 sentence.")],
    )
    whole = completion(given)
    presenter = presenter_of(given)
    chunks = [
        presenter.begin(),
        *(presenter.claim(ClaimGiven(each)) for each in given.claims),
        *presenter.end(given),
    ]
    deltas = [chunk.choices[0].delta for chunk in chunks]
    message = whole.choices[0].message
    assert "".join(delta.content or "" for delta in deltas) == message.content
    assert deltas[-1].annotations == message.annotations
    assert chunks[-1].vouch == whole.vouch
    assert presenter.usage(given).usage == whole.usage
    assert (whole.usage.prompt_tokens, whole.usage.total_tokens) == (11, 16)


@pytest.mark.parametrize("verdict", [Verdict.UNSUPPORTED, Verdict.PARTIAL, Verdict.UNCHECKED])
def test_verdict_other_than_supported_stands_behind_its_claim(verdict: Verdict) -> None:
    given = answer(claim("Perhaps.", LEAVE, verdict=verdict), claim("Sure.", LEAVE))
    assert content(given).startswith(f"Perhaps. [1] [{verdict.value}]\n\nSure. [1]\n\n")
    assert marked(given) == [("[1]", "Leave"), ("[1]", "Leave")]


def test_disagreement_is_said_once_with_both_sides_marked() -> None:
    other = hit("new", text="Leave is ” [9]. 30 days.")
    given = answer(
        claim("Leave is 27 days.", LEAVE),
        conflicts=[Conflict(claim=0, citation=cited(other), differs_in=("numbers",))],
        notices=[Notice(NoticeCode.DOCUMENTS_DISAGREE, "The documents disagree: …")],
    )
    text = content(given)
    assert text.count("The documents disagree:") == 1
    assert "says “Said.” [1]." in text
    assert "30 days.” [2]." in text
    assert marked(given) == [("[1]", "Leave"), ("[1]", "Leave"), ("[2]", "New")]
    assert text.endswith("2. New (new.md)")


def test_notices_are_said_below_the_answer() -> None:
    given = answer(
        claim("A.", LEAVE), notices=[Notice(NoticeCode.CUT_SHORT, "The answer may be incomplete.")]
    )
    assert "A. [1]\n\n> The answer may be incomplete.\n\nSources:" in content(given)


def test_abstention_names_the_nearest_documents_and_no_sources() -> None:
    given = answer(
        notices=[Notice(NoticeCode.CLAIMS_DROPPED, "Left out: 1 sentence.")], found=[LEAVE, TRAVEL]
    )
    assert content(given) == (
        "I found no passage that answers this among the documents that you may read.\n\n"
        "The closest documents:\n\n"
        "- Leave (leave.md)\n- [Travel](https://wiki.test/travel%20%28old%29) (travel.md)\n\n"
        "> Left out: 1 sentence."
    )
    assert marked(given) == []
    assert content(answer()).endswith("that you may read.")


def test_question_back_offers_its_options() -> None:
    options = (
        ClarificationOption(label="Annual *leave*", hit=LEAVE),
        ClarificationOption(label="Travel", hit=TRAVEL),
    )
    given = answer(clarification=Clarification(question="Which is meant?", options=options))
    assert content(given) == "Which is meant?\n\n- Annual \\*leave\\*\n- Travel"


def test_document_cannot_have_the_reader_fetch_a_picture_or_open_its_link() -> None:
    evil = hit(
        "evil",
        title="x](https://evil.test) ![y](https://evil.test/y.png) <b>",
        uri="javascript:alert(1)",
        path="<img src=x>\n2. [Payroll](https://evil.test)",
        text="![z](https://evil.test/z.png)",
    )
    given = answer(
        claim("See ![z](https://evil.test/z.png).", evil),
        conflicts=[Conflict(claim=0, citation=cited(evil), differs_in=("numbers",))],
    )
    text = content(given)
    assert "![" not in text
    sources = text.partition("Sources:\n\n")[2]
    assert "\n" not in sources
    assert "\\]" in sources
    assert "](" not in sources.replace("\\](", "")
    assert "<" not in sources.replace("\\<", "")
    assert "javascript" not in str(completion(given).choices[0].message)


def test_document_ids_in_addresses_are_those_cited() -> None:
    given = answer(claim("A.", hit(DocumentId("d-1"))))
    (annotation,) = completion(given).choices[0].message.annotations
    assert annotation.url_citation.url == "https://vouch.test/d-1"
