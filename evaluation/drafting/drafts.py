"""Drafted questions on disk, JSON lines, with what a person decided about each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.errors import ConfigurationError
from evaluation.json_lines import read_json_lines
from evaluation.runs import write_privately
from evaluation.sets import Question

DraftStatus = Literal["draft", "accepted", "rejected"]


class Draft(BaseModel):
    """A question that a model made of a passage, until a person accepts it.

    `evidence` stands in `passage`. `path` is the document's, as gold paths are written, and
    `also_in` are those of copies of the passage; `source` is that of a live server's document.
    `model` and `prompt_sha256` say what made it.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1)
    status: DraftStatus = "draft"
    question: str = Field(min_length=1)
    answer: str
    evidence: str
    path: str
    also_in: tuple[str, ...] = ()
    source: str | None = None
    heading_path: tuple[str, ...] = ()
    passage: str
    passage_id: str
    model: str
    prompt_sha256: str

    def to_question(self) -> Question:
        """As an evaluation set holds it; of the type `lookup`."""
        return Question(
            id=self.id,
            question=self.question,
            type="lookup",
            gold=(self.path, *self.also_in),
            evidence=(self.evidence,),
            answer=self.answer,
            source=self.source,
        )


class DraftFile:
    """The drafts in one file, in order. For its owner only, since it quotes documents."""

    def __init__(self, path: Path, drafts: dict[str, Draft]) -> None:
        self.drafts = drafts
        self._path = path

    @classmethod
    def open(cls, path: Path) -> DraftFile:
        """Raises ConfigurationError, naming file and line."""
        drafts: dict[str, Draft] = {}
        for place, draft in read_json_lines(path, model=Draft):
            if draft.id in drafts:
                raise place.error(f"id: {draft.id!r} is there already")
            drafts[draft.id] = draft
        return cls(path, drafts)

    @classmethod
    def open_or_begin(cls, path: Path) -> DraftFile:
        """An empty one where there is none yet. Raises ConfigurationError."""
        if path.exists():
            return cls.open(path)
        if not path.parent.is_dir():
            raise ConfigurationError(f"There is no folder {path.parent} for the drafts.")
        return cls(path, {})

    @property
    def undecided(self) -> list[Draft]:
        """Those that nobody has accepted or rejected."""
        return [draft for draft in self.drafts.values() if draft.status == "draft"]

    def put(self, draft: Draft) -> None:
        """Add it, or replace the one of its id; whole or not at all."""
        self.drafts[draft.id] = draft
        lines = [one.model_dump_json() for one in self.drafts.values()]
        write_privately(self._path, "\n".join(lines) + "\n")
