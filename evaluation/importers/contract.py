"""What an importer of evaluation data promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evaluation.importers.writer import SetWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the data itself does not say. An importer ignores what its format has no use for.

    `corpus` is a JSON Lines file of documents that lies elsewhere. `queries` and `split` name one
    file each, without its ending, where a folder holds several.
    """

    corpus: Path | None = None
    queries: str | None = None
    split: str | None = None


class Importer(Protocol):
    """Reads one format. Built without arguments."""

    def import_set(self, path: Path, writer: SetWriter, options: ImportOptions) -> None:
        """Hand every document and question to `writer`, or say to it why one is left out.

        Each question comes after the documents that are its gold. Raises ConfigurationError, naming
        file and line, for data that is not in the format.
        """
        ...
