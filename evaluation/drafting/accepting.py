"""From drafts that a person accepted to an evaluation set."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from evaluation.drafting.drafts import Draft, DraftFile, DraftStatus
from evaluation.json_lines import read_json_lines
from evaluation.sets import Question

_QUESTIONS = "questions.jsonl"


class DraftReview:
    """Decisions about the drafts of one file; accepted ones go into a set's questions.

    Each decision is on disk when its call returns: a review can be left and gone on with.
    """

    def __init__(self, drafts: DraftFile, *, set_folder: Path) -> None:
        self._drafts = drafts
        self._file = set_folder / _QUESTIONS

    def accept(self, draft: Draft) -> None:
        """Add it to the set, and mark it. Once is enough: a question of this id is not added again.

        Raises ConfigurationError for a set whose questions cannot be read.
        """
        if draft.id not in self._accepted_ids():
            self._append(draft.to_question())
        self._mark(draft, "accepted")

    def reject(self, draft: Draft) -> None:
        self._mark(draft, "rejected")

    def _accepted_ids(self) -> set[str]:
        if not self._file.exists():
            return set()
        return {question.id for _, question in read_json_lines(self._file, model=Question)}

    def _append(self, question: Question) -> None:
        line = question.model_dump_json(by_alias=True, exclude_defaults=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+b") as file:
            # The last line that a person wrote may have no end.
            if file.tell() and _last_byte(file) != b"\n":
                line = f"\n{line}"
            file.write(f"{line}\n".encode())

    def _mark(self, draft: Draft, status: DraftStatus) -> None:
        self._drafts.put(draft.model_copy(update={"status": status}))


def _last_byte(file: BinaryIO) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)
