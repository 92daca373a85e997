"""The default checker over pairs, whose quotes are documents of their own."""

from __future__ import annotations

from benchmarks.claim_pairs.pair import Pair
from core.chunks import DocumentId
from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.checking.checker import CheckedClaim
from serving.checking.contract import Quote
from serving.checking.default import default_checker
from serving.checking.entailment.packaged import PackagedEntailer


class PairChecker:
    """What an answer's claims go through, too."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._checker = default_checker(
            self, PackagedEntailer(SentenceTransformersEmbedder.from_settings(EmbeddingSettings()))
        )

    def get_text(self, document_id: DocumentId, text_version: str) -> str:
        """The quote that is this document."""
        return self._texts[document_id]

    def check(self, pair: Pair) -> CheckedClaim:
        self._texts = {str(place): cited.text for place, cited in enumerate(pair.cited)}
        quotes = [
            Quote(
                document_id=DocumentId(str(place)),
                text_version="1",
                start=0,
                end=len(cited.text),
                text=cited.text,
                header=cited.header,
            )
            for place, cited in enumerate(pair.cited)
        ]
        return self._checker.check(pair.claim, quotes)
