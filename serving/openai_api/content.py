"""An answer as the text that a chat UI shows, with the places of its citations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from serving.answer.events import Answer, NoticeCode
from serving.answer.presenting import claim_text
from serving.answer.schemas import AnswerResponse, ClaimInfo, NoticeInfo, SourceUsed
from serving.answering.disagreement import describe_disagreement
from serving.openai_api.schemas import Annotation, UrlCitation
from serving.schemas import DocumentInfo

_ABSTENTION = "I found no passage that answers this among the documents that you may read."
_NEAREST = "The closest documents:"
_SOURCES = "\n\nSources:\n\n"
_MARKER = re.compile(r"\[(\d+)\]")
_MARKER_BEHIND_QUOTE = re.compile(r"(?<=” )\[(\d+)\](?=\.)")
_NOT_IN_LINKS = str.maketrans({char: f"%{ord(char):02X}" for char in "()<> \n"})
_SPECIAL = re.compile(r"([\\`*_\[\]<>!|#~])")


class ChatContent:
    """Builds the content of one answer piece by piece: `claim` for each, then `end`. The pieces put
    together are the content. `document_url` gives the address of a document that has none on the
    web.
    """

    def __init__(self, *, document_url: Callable[[str], str]) -> None:
        self._document_url = document_url
        self._length = 0
        self._places: list[tuple[int, int, int]] = []

    def claim(self, claim: ClaimInfo) -> str:
        """A claim's text with its markers."""
        text = without_pictures(claim.text)
        shown = claim_text(claim.model_copy(update={"text": text}))
        return self._paragraph(shown, _MARKER.finditer(shown, len(text)))

    def end(self, answer: Answer, response: AnswerResponse) -> str:
        """What follows the claims: that documents disagree, notices, sources; without claims, why
        there are none, or the question back.
        """
        return "".join(self._end(answer, response))

    def annotations(self, sources: Sequence[SourceUsed]) -> list[Annotation]:
        """One for each marker in the content, in its order. No two documents have one title, since
        UIs tell them apart by it.
        """
        documents = {source.marker: source.document for source in sources}
        titles = Counter(_title(document) for document in documents.values())
        return [
            Annotation(
                url_citation=UrlCitation(
                    start_index=start,
                    end_index=end,
                    title=_title_among(documents[marker], titles),
                    url=self._url(documents[marker]),
                )
            )
            for marker, start, end in self._places
            if marker in documents
        ]

    def _end(self, answer: Answer, response: AnswerResponse) -> Iterable[str]:
        if response.clarification is not None:
            options = [f"- {_escaped(option.label)}" for option in response.clarification.options]
            yield self._paragraph(response.clarification.question)
            if options:
                yield self._paragraph("\n".join(options))
        elif not response.claims:
            yield self._paragraph(_ABSTENTION)
            if response.searched.nearest:
                yield self._paragraph(_NEAREST)
                nearest = (f"- {self._named(each)}" for each in response.searched.nearest)
                yield self._paragraph("\n".join(nearest))
        if answer.conflicts:
            yield self._disagreement(answer, response)
        for notice in response.notices:
            # That documents disagree is said already, with its sources.
            if notice.code is not NoticeCode.DOCUMENTS_DISAGREE:
                yield self._paragraph(_notice(notice))
        if response.sources:
            listed = (f"{each.marker}. {self._named(each.document)}" for each in response.sources)
            yield _SOURCES + "\n".join(listed)

    def _disagreement(self, answer: Answer, response: AnswerResponse) -> str:
        markers = {source.document.id: source.marker for source in response.sources}
        text = without_pictures(
            describe_disagreement(
                answer.conflicts,
                [claim.claim for claim in answer.claims],
                marker=lambda citation: f" [{markers[citation.hit.chunk.document_id]}]",
            )
        )
        return self._paragraph(text, _MARKER_BEHIND_QUOTE.finditer(text))

    def _paragraph(self, text: str, markers: Iterable[re.Match[str]] = ()) -> str:
        between = "\n\n" if self._length else ""
        start = self._length + len(between)
        self._places += [
            (int(found[1]), start + found.start(), start + found.end()) for found in markers
        ]
        self._length = start + len(text)
        return between + text

    def _named(self, document: DocumentInfo) -> str:
        title, path = _escaped(_title(document)), _escaped(document.path)
        shown = f"[{title}]({self._url(document)})" if _is_on_web(document) else title
        return shown if path == title else f"{shown} ({path})"

    def _url(self, document: DocumentInfo) -> str:
        if _is_on_web(document):
            return document.uri.translate(_NOT_IN_LINKS)
        return self._document_url(document.id)


def without_sources(content: str) -> str:
    """An earlier answer without the list of its sources, which was not said."""
    return content.partition(_SOURCES)[0]


def without_pictures(text: str) -> str:
    """Text in which Markdown shows no picture: a UI would fetch it from wherever a document says,
    and so tell that address who reads the answer.
    """
    return text.replace("![", "!\\[")


def _notice(notice: NoticeInfo) -> str:
    return f"> {notice.detail}"


def _is_on_web(document: DocumentInfo) -> bool:
    return document.uri.startswith(("https://", "http://"))


def _title(document: DocumentInfo) -> str:
    return " ".join((document.title or document.path).split())


def _title_among(document: DocumentInfo, titles: Counter[str]) -> str:
    title = _title(document)
    return title if titles[title] == 1 else f"{title} ({document.source}: {document.path})"


def _escaped(text: str) -> str:
    """As it is, on one line of Markdown."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
