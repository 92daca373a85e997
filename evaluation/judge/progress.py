"""What a judging that was cut off had judged: a header, then a line a question."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from evaluation.judgements import JudgeIdentity, Judgement
from evaluation.runs import Run, write_privately


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True)

    run: str
    started_at: datetime
    judge: JudgeIdentity


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    judgement: Judgement


class JudgingProgress:
    """Judgements by question, kept beside the run's file until all are in it."""

    def __init__(self, path: Path, done: dict[str, Judgement]) -> None:
        self.done = done
        self._path = path

    @classmethod
    def open(cls, run_path: Path, run: Run, *, judge: JudgeIdentity) -> Self:
        """What this judge had said of this run; what another one had said is dropped, and so is a
        last line that was cut off.
        """
        path = run_path.with_suffix(".judging.jsonl")
        header = _Header(run=run.name, started_at=run.started_at, judge=judge)
        lines = _read(path, header)
        text = [header.model_dump_json(), *(line.model_dump_json() for line in lines)]
        write_privately(path, "\n".join(text) + "\n")
        return cls(path, {line.id: line.judgement for line in lines})

    def add(self, question_id: str, judgement: Judgement) -> None:
        """Keep one more: a process that is killed after this has not lost it."""
        line = _Line(id=question_id, judgement=judgement)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line.model_dump_json() + "\n")
        self.done[question_id] = judgement

    def drop(self) -> None:
        """Once everything is in the run."""
        self._path.unlink(missing_ok=True)


def _read(path: Path, header: _Header) -> list[_Line]:
    try:
        first, *lines = path.read_text("utf-8").split("\n")
        if _Header.model_validate_json(first) != header:
            return []
        return [_Line.model_validate_json(line) for line in lines[:-1]]
    except (FileNotFoundError, ValidationError):
        return []
