"""From a sentence that a language model wrote to a claim with exact citations, checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retrieval.passages.passage import Passage
from serving.answering.contract import Citation, Claim, VerifiedClaim
from serving.answering.verifying import ClaimVerifier
from serving.answering.writing.fragments import is_fragment
from serving.answering.writing.sentence import WrittenSentence
from serving.checking.alignment.quotes import align
from serving.checking.alignment.support import OpenSupport
from serving.checking.contract import Verdict
from serving.claims.lines import LIST_ITEM
from serving.sentences import iter_sentences

# Of claims that nothing supports, the one with the lesser fault is shown.
_BEST_FIRST = (
    Verdict.SUPPORTED,
    Verdict.UNCHECKED,
    Verdict.PARTIAL,
    Verdict.UNSUPPORTED,
    Verdict.CONTRADICTED,
)


class Citer:
    """Finds for each sentence the spans that support it, beginning with those it names.

    Nothing that the model says of its citations is believed: the quote is looked up, in the named
    passage first and then in all; a number is taken as where to look first; and where what is named
    does not support the sentence, the best support anywhere among the passages takes its place.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        *,
        support: OpenSupport,
        verifier: ClaimVerifier,
        max_citations: int,
    ) -> None:
        self._passages = passages
        self._support = support
        self._verifier = verifier
        self._max_citations = max_citations

    def cite(self, sentence: WrittenSentence) -> VerifiedClaim:
        """The claim with the first citations that support it; without such, with those of the
        least fault; without any, uncited and so `unsupported`.
        """
        tried: list[VerifiedClaim] = []
        for citations in self._candidates(sentence):
            if any(citations == verified.claim.citations for verified in tried):
                continue
            verified = self._verifier.verify(Claim(text=sentence.text, citations=citations))
            if verified.checked.verdict is Verdict.SUPPORTED:
                return verified
            tried.append(verified)
        if not tried:
            return self._verifier.verify(Claim(text=sentence.text, citations=()))
        return min(tried, key=lambda verified: _BEST_FIRST.index(verified.checked.verdict))

    def spell_out(self, verified: VerifiedClaim) -> list[VerifiedClaim]:
        """In place of a claim, each whole sentence that it cites, word for word."""
        return [
            self._verifier.verify(
                Claim(text=" ".join(citation.quote.split()), citations=(citation,))
            )
            for citation in map(self._whole_sentence, verified.claim.citations)
        ]

    def _whole_sentence(self, citation: Citation) -> Citation:
        for index, passage in enumerate(self._passages):
            if citation.hit in passage.hits:
                for span in iter_sentences(passage.text):
                    start, end = passage.start + span.start, passage.start + span.end
                    if start <= citation.start and citation.end <= end:
                        return self._citation(index, start, end)
        return citation

    def _candidates(self, sentence: WrittenSentence) -> Iterator[tuple[Citation, ...]]:
        named = [number - 1 for number in sentence.passages if 0 < number <= len(self._passages)]
        if sentence.quote and (quoted := self._quoted(sentence.quote, named)):
            yield (quoted,)
        for within in (named, None) if named else (None,):
            for text in _readings(sentence):
                if found := self._supporting(text, within=within):
                    yield found

    def _quoted(self, quote: str, named: Sequence[int]) -> Citation | None:
        others = [index for index in range(len(self._passages)) if index not in named]
        for index in (*named, *others):
            passage = self._passages[index]
            if (found := align(quote, passage.text)) is not None:
                return self._citation(index, passage.start + found.start, passage.start + found.end)
        return None

    def _supporting(self, text: str, *, within: Sequence[int] | None) -> tuple[Citation, ...]:
        found = self._support.find(text, limit=self._max_citations, within=within)
        return tuple(self._citation(each.passage, each.start, each.end) for each in found)

    def _citation(self, index: int, start: int, end: int) -> Citation:
        passage = self._passages[index]
        return Citation(
            hit=passage.hit_at(start),
            quote=passage.text[start - passage.start : end - passage.start],
            start=start,
            end=end,
        )


def _readings(sentence: WrittenSentence) -> tuple[str, ...]:
    """What to look for, without the number of a list's item, which other sentences have as well.
    An item by itself first: with the sentence that opens its list, words of that one would be cited
    for each. But "3 days" is found anywhere.
    """
    text = LIST_ITEM.sub("", sentence.text, count=1)
    if not sentence.lead_in:
        return (text,)
    led_in = f"{sentence.lead_in} {text}"
    return (led_in, text) if is_fragment(text) else (text, led_in)
