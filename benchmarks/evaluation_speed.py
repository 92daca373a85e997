"""What the retrieval of an evaluation costs: questions in batches over HTTP, and one by one.

    python -m benchmarks.evaluation_speed FOLDER [--chunk-tokens 44] [--data-dir DIR]

Small chunks make some 10,000 of them out of a modest folder, with real embeddings. Prints seconds
per 1,000 questions: as `vouch eval` asks them (passages of ten documents), for the ten best
documents alone, and for the 200 best passages. The last two are also asked one by one, every tenth
question of them, and the time is scaled. The CPU time is of server and client together, and tells
more on a machine that is busy with something else.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from benchmarks.support import scratch_vouch, sentences_as_questions
from core.settings import ChunkingSettings
from evaluation.runner import evaluate
from evaluation.sets import Question
from vouch.api_under_test import ApiUnderTest, api_under_test
from vouch.client import VouchClient

_BATCH = 64
_PER = 1_000
_SHAPES: dict[str, dict[str, Any]] = {
    "10 documents": {"top_k": 10, "distinct_documents": True},
    "200 passages": {"top_k": 200},
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds per 1,000 questions of retrieval.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunk-tokens", type=int, default=44)
    parser.add_argument("--questions", type=int, default=_PER)
    parser.add_argument("--data-dir", type=Path, help="keeps the index, or has it already")
    arguments = parser.parse_args()
    chunking = ChunkingSettings(max_tokens=arguments.chunk_tokens)
    questions = sentences_as_questions(arguments.folder, count=arguments.questions)
    with scratch_vouch(arguments.data_dir, chunking=chunking) as vouch:
        vouch.ensure_indexed(arguments.folder)
        print(f"chunks: {vouch.embedded.services.index.count()}, questions: {len(questions)}")
        _in_batches(vouch.client, [{"query": question} for question in questions[:_BATCH]])
        with api_under_test(vouch.url, api_key=vouch.api_key) as api:
            cpu_before_s = time.process_time()
            evaluated_s = _evaluated(api, questions)
            cpu_s = (time.process_time() - cpu_before_s) / len(questions) * _PER
            print(f"evaluation: {evaluated_s:.1f} s, {cpu_s:.1f} s of CPU per {_PER:,}")
        for label, shape in _SHAPES.items():
            bodies = [{"query": question, **shape} for question in questions]
            together_s = _in_batches(vouch.client, bodies)
            alone_s = _one_by_one(vouch.client, bodies[::10])
            print(
                f"{label}: batches of {_BATCH} {together_s:.1f} s, one by one {alone_s:.1f} s per "
                f"{_PER:,}: {alone_s / together_s:.1f} times"
            )


def _evaluated(api: ApiUnderTest, questions: list[str]) -> float:
    """Seconds per 1,000, with the scores."""
    asked = [
        Question(id=str(number), question=question, type="lookup", gold=("none.md",))
        for number, question in enumerate(questions)
    ]
    started = time.perf_counter()
    evaluate(asked, searcher=api)
    return (time.perf_counter() - started) / len(asked) * _PER


def _in_batches(client: VouchClient, bodies: list[dict[str, Any]]) -> float:
    """Seconds per 1,000."""
    started = time.perf_counter()
    for first in range(0, len(bodies), _BATCH):
        client.post("/v1/search/batch", {"searches": bodies[first : first + _BATCH]})
    return (time.perf_counter() - started) / len(bodies) * _PER


def _one_by_one(client: VouchClient, bodies: list[dict[str, Any]]) -> float:
    """Seconds per 1,000."""
    started = time.perf_counter()
    for body in bodies:
        client.post("/v1/search", body)
    return (time.perf_counter() - started) / len(bodies) * _PER


if __name__ == "__main__":
    main()
