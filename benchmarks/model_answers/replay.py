"""Checks recorded replies once more, without asking a model: what a change of the checks does.

    python -m benchmarks.model_answers.replay NAME.replies.jsonl

Prints each sentence that a model wrote with its verdict, whether it answers the question, and what
each check that is not content with it has to say.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.model_answers.scoring import passages_of, written_sentences
from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from serving.answering.contract import VerifiedClaim
from serving.answering.relevance import Relevance
from serving.answering.verifying import ClaimVerifier
from serving.answering.writing.citing import Citer
from serving.check.material import GivenPassage, Material
from serving.checking.alignment.support import SupportFinder
from serving.checking.contract import Verdict
from serving.checking.default import default_checker
from serving.checking.entailment.packaged import PackagedEntailer

_MAX_CITATIONS = 3
_CHANGED = re.compile(r" \(changed [\d-]+\)$")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("replies", type=Path)
    replies = parser.parse_args().replies
    embedder = SentenceTransformersEmbedder.from_settings(EmbeddingSettings())
    relevance = Relevance(embedder)
    passed = written = 0
    for line in replies.read_text("utf-8").splitlines():
        record = json.loads(line)
        question = record["question"]["question"]
        print(f"{record['question']['id']} {question}")
        for exchange in record["exchanges"]:
            for verified in _checked(exchange, embedder):
                claim, checked = verified.claim, verified.checked
                headings = [claim.citations[0].hit.chunk.title] if claim.citations else []
                answers = relevance.answers([question], claim.text, headings=headings)
                written += 1
                passed += checked.verdict is Verdict.SUPPORTED and answers
                print(f"  [{checked.verdict}{'' if answers else ', no answer'}] {claim.text}")
                for check in checked.outcomes:
                    if check.verdict is not Verdict.SUPPORTED:
                        print(f"      {check.name}: {check.verdict}: {check.detail}")
    print(f"{passed} of {written} sentences are supported and answer the question")


def _checked(
    exchange: dict[str, Any], embedder: SentenceTransformersEmbedder
) -> Iterator[VerifiedClaim]:
    """Each sentence with the best of its citations."""
    given = [
        GivenPassage(name=str(number), title=_CHANGED.sub("", heading), text=text)
        for number, (heading, text) in passages_of(exchange["asked"]).items()
    ]
    material = Material(given, [])
    citer = Citer(
        material.passages,
        support=SupportFinder(embedder).open(material.passages),
        verifier=ClaimVerifier(default_checker(material, PackagedEntailer(embedder))),
        max_citations=_MAX_CITATIONS,
    )
    for sentence in written_sentences(exchange["reply"]):
        yield citer.cite(sentence)


if __name__ == "__main__":
    main()
