"""Small files in the formats that importers read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evaluation.importers.contract import ImportOptions
from evaluation.importers.importing import import_set
from evaluation.importers.writer import ImportSummary
from evaluation.sets import EvaluationSet, load_evaluation_set


def write_lines(file: Path, objects: Iterable[Mapping[str, Any]]) -> Path:
    """One JSON object a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(value) + "\n" for value in objects), "utf-8")
    return file


def imported(
    format_name: str, path: Path, tmp_path: Path, **options: Any
) -> tuple[EvaluationSet, ImportSummary]:
    """What comes of it, loaded as any set is."""
    target = tmp_path / "imported"
    summary = import_set(format_name, path, target, options=ImportOptions(**options))
    return load_evaluation_set(target), summary


def texts(loaded: EvaluationSet) -> dict[str, str]:
    """The corpus: content by path."""
    assert loaded.corpus is not None
    return {
        path.relative_to(loaded.corpus).as_posix(): path.read_text("utf-8")
        for path in loaded.corpus.rglob("*")
    }
