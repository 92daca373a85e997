"""The directions in which a model's token vectors differ most, for late interaction.

    python -m benchmarks.fit_token_projection examples docs [--dimension 64]

Embeds the Markdown below these folders with the default model and writes the projection that
`retrieval/embedders/token_vectors.py` loads; prints the share of the variance that it keeps. The
texts only have to be ordinary prose.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from core.settings import EmbeddingSettings
from retrieval.embedders.sentence_transformers import PACKAGED_MODEL, SentenceTransformersEmbedder
from retrieval.embedders.token_vectors import PROJECTIONS, TokenReducer, skipped_tokens

_PASSAGE_CHARS = 800


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the projection of token vectors.")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--dimension", type=int, default=64)
    arguments = parser.parse_args()
    embedder = SentenceTransformersEmbedder.from_settings(EmbeddingSettings())
    whole = TokenReducer(
        projection=np.eye(embedder.dimension, dtype=np.float32),
        skipped_ids=skipped_tokens(embedder.vocabulary),
    )
    encodings = embedder.encode_with(whole, passages(arguments.folders))
    vectors = np.concatenate([e.tokens for e in encodings if e.tokens is not None])
    values, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    projection = directions[:, ::-1][:, : arguments.dimension]
    kept = values[::-1][: arguments.dimension].sum() / values.sum()
    PROJECTIONS.mkdir(exist_ok=True)
    np.save(PROJECTIONS / f"{PACKAGED_MODEL}.npy", projection.astype(np.float16))
    print(f"{len(vectors)} token vectors, {arguments.dimension} directions keep {kept:.1%}")


def passages(folders: list[Path]) -> list[str]:
    """The Markdown below these folders, in pieces that the model can read."""
    texts = [file.read_text() for folder in folders for file in sorted(folder.rglob("*.md"))]
    return [
        text[start : start + _PASSAGE_CHARS]
        for text in texts
        for start in range(0, len(text), _PASSAGE_CHARS)
    ]


if __name__ == "__main__":
    main()
