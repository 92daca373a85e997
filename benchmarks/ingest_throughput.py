"""Ingest end to end against the bare model: what share of the forward pass's speed is left?

    python -m benchmarks.ingest_throughput FOLDER

Syncs the folder through the API into a scratch index, syncs it again unchanged, then gives the
very texts that were embedded to the bare model in one call, on the same machine. Prints tokens/s
of both, their ratio, and how much faster the second sync was.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.support import recorded_passages, scratch_vouch
from core.settings import EmbeddingSettings
from retrieval.embedders.contract import load_embedder


def main() -> None:
    parser = argparse.ArgumentParser(description="Ingest speed as a share of the bare model's.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    embedder = load_embedder(EmbeddingSettings())
    embedder.embed_passages(["The first call also sets up the model's kernels."] * 16)
    with recorded_passages() as texts, scratch_vouch() as vouch:
        source_id = vouch.register(folder)
        first, first_s = vouch.sync(source_id)
        _, second_s = vouch.sync(source_id)
    started = time.perf_counter()
    embedder.embed_passages(texts)
    bare_s = time.perf_counter() - started
    tokens = sum(len(embedder.offsets(text)) for text in texts)
    print(f"documents: {first['added']} added, {first['failed']} failed; chunks: {len(texts)}")
    print(f"ingest, end to end: {first_s:.1f} s, {tokens / first_s:.0f} tokens/s")
    print(f"bare forward pass:  {bare_s:.1f} s, {tokens / bare_s:.0f} tokens/s")
    print(f"share: {bare_s / first_s:.3f}")
    print(f"second sync: {second_s:.3f} s, {first_s / second_s:.0f} times faster than the first")


if __name__ == "__main__":
    main()
