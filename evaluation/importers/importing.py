"""From a path in some format to an evaluation set that loads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from evaluation.importers.contract import ImportOptions
from evaluation.importers.registry import load_importer
from evaluation.importers.writer import ImportSummary, SetWriter, new_folder


def import_set(
    format_name: str,
    path: Path,
    target: Path,
    *,
    options: ImportOptions | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportSummary:
    """Write what is at `path` as the evaluation set `target`, which must not exist yet.

    `on_progress` is called with (documents, questions) as they come. Raises ConfigurationError, and
    then nothing is left behind.
    """
    importer = load_importer(format_name)
    with (
        new_folder(target) as folder,
        closing(SetWriter(folder, on_progress=on_progress)) as writer,
    ):
        importer.import_set(path, writer, options or ImportOptions())
        return writer.finish()
