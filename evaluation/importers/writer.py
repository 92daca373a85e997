"""Writes an evaluation set as it is read, and counts what became of everything."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from core.errors import ConfigurationError
from evaluation.importers.documents import ImportedDocument, file_content, file_suffix
from evaluation.importers.file_names import safe_file_name
from evaluation.sets import Question

_QUESTIONS = "questions.jsonl"
_CORPUS = "corpus"


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """How many came in, and by reason how many did not."""

    documents: int
    questions: int
    unanswerable: int
    left_out: dict[str, int] = field(default_factory=dict)


class SetWriter:
    """Takes documents and questions one by one; keeps the ids of questions in memory, no texts."""

    def __init__(
        self, folder: Path, *, on_progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._corpus = folder / _CORPUS
        self._corpus.mkdir()
        self._stream: TextIO = (folder / _QUESTIONS).open("w", encoding="utf-8")
        self._ids: set[str] = set()
        self._documents = 0
        self._unanswerable = 0
        self._left_out: Counter[str] = Counter()
        self._on_progress = on_progress

    def add_document(self, document: ImportedDocument) -> str | None:
        """Write it, and return its path in the corpus; None for one without text.

        An id that came before keeps its first text.
        """
        if not document.text.strip():
            self.leave_out("document without text")
            return None
        name = safe_file_name(document.id) + file_suffix(document)
        content = file_content(document)
        known = self.find_document(document.id)
        if known is not None:
            if known != name or self._read(name) != content:
                self.leave_out("document with another text under an id that came before")
            return known
        # Line breaks as they are: what is compared on the next sight must be what was written.
        (self._corpus / name).write_text(content, "utf-8", newline="")
        self._documents += 1
        self._report()
        return name

    def find_document(self, document_id: str) -> str | None:
        """The path in the corpus of a document that was written, if it was."""
        stem = safe_file_name(document_id)
        names = (stem + suffix for suffix in (".html", ".txt"))
        return next((name for name in names if (self._corpus / name).exists()), None)

    def add_question(self, question: Question, *, also: Mapping[str, Any] | None = None) -> None:
        """Write it; `also` are fields that Vouch does not know. Its gold must have been written.

        A second question of the same id is left out.
        """
        if question.id in self._ids:
            self.leave_out("question with an id that came before")
            return
        self._ids.add(question.id)
        self._unanswerable += not question.is_answerable
        line = question.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        line |= {name: value for name, value in (also or {}).items() if value}
        self._stream.write(json.dumps(line, ensure_ascii=True) + "\n")
        self._report()

    def leave_out(self, reason: str, *, count: int = 1) -> None:
        """Count what does not come in; `reason` names what it is and why."""
        self._left_out[reason] += count

    def finish(self) -> ImportSummary:
        """Raises ConfigurationError if there is no question to show for it."""
        self._stream.close()
        if not self._ids:
            reasons = "; ".join(f"{count} × {reason}" for reason, count in self._left_out.items())
            raise ConfigurationError(
                f"No question could be imported. Left out: {reasons or 'nothing: there was none'}."
            )
        return ImportSummary(
            documents=self._documents,
            questions=len(self._ids),
            unanswerable=self._unanswerable,
            left_out=dict(self._left_out.most_common()),
        )

    def close(self) -> None:
        self._stream.close()

    def _read(self, name: str) -> str:
        with (self._corpus / name).open(encoding="utf-8", newline="") as stream:
            return stream.read()

    def _report(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._documents, len(self._ids))


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder beside `target` to write into, which takes its place at the end; on an exception
    nothing stays. Raises ConfigurationError if something is there already.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigurationError(f"{target} is there already, and not empty. Name another folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield made
        # mkdtemp keeps everyone else out; the set is as open as any folder.
        made.chmod(0o755)
        made.rename(target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
