"""Ingest end to end against the bare model: what share of the forward pass's speed is left?

    python -m benchmarks.ingest_throughput FOLDER [--rounds 3]

Each round syncs the folder through the API into a scratch index, syncs it again unchanged, then
gives the very texts that were embedded to the bare model in one call. The two take turns because
a shared machine is faster in one minute than in the next. Prints tokens/s of both over all
rounds, their ratio, and how much faster the second sync was.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.support import percentile, recorded_passages, scratch_vouch
from core.settings import EmbeddingSettings
from retrieval.embedders.contract import load_embedder


def main() -> None:
    parser = argparse.ArgumentParser(description="Ingest speed as a share of the bare model's.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    embedder = load_embedder(EmbeddingSettings())
    embedder.embed_passages(["The first call also sets up the model's kernels."] * 16)
    ingest_s = bare_s = 0.0
    tokens = 0
    speedups = []
    for number in range(1, arguments.rounds + 1):
        with recorded_passages() as texts, scratch_vouch() as vouch:
            source_id = vouch.register(arguments.folder.resolve())
            run, first_s = vouch.sync(source_id)
            _, second_s = vouch.sync(source_id)
        started = time.perf_counter()
        embedder.embed_passages(texts)
        round_bare_s = time.perf_counter() - started
        print(
            f"round {number}: {run['added']} documents, {run['failed']} failed, {len(texts)} "
            f"chunks; ingest {first_s:.1f} s, bare {round_bare_s:.1f} s, again {second_s:.3f} s",
            flush=True,
        )
        ingest_s += first_s
        bare_s += round_bare_s
        tokens += sum(len(embedder.offsets(text)) for text in texts)
        speedups.append(first_s / second_s)
    print(f"ingest, end to end: {tokens / ingest_s:.0f} tokens/s")
    print(f"bare forward pass:  {tokens / bare_s:.0f} tokens/s")
    print(f"share: {bare_s / ingest_s:.3f}")
    print(f"second sync: {percentile(speedups, 0.5):.0f} times faster than the first (median)")


if __name__ == "__main__":
    main()
