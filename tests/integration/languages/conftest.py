"""The documents of the example sets, without their questions."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SETS = Path(__file__).parents[3] / "examples" / "languages"
CODES = {"german": "de", "spanish": "es", "chinese": "zh"}


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each language."""
    root: Path = tmp_path_factory.mktemp("documents")
    for name in CODES:
        shutil.copytree(SETS / name / "corpus", root / name)
    return root
