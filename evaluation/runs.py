"""Evaluation runs on disk: one JSON file each, and what a run that was cut off had answered."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.errors import ConfigurationError
from evaluation.code_version import CodeVersion
from evaluation.judgements import JudgeIdentity
from evaluation.runner import Evaluation
from evaluation.scores import QuestionResult, Scores
from evaluation.sets import SetIdentity

_NAME = re.compile(r"[\w][\w.+-]{0,150}")
_RESULT = TypeAdapter(QuestionResult)


class RunUnreadable(ConfigurationError):
    """There is no such run, or its file is not one."""

    title = "Run unreadable"


class RunInfo(BaseModel):
    """What a run measured: the set, the configuration, the index and the code.

    `configuration` has the settings' sections, or the server that was asked; `generation` what
    `GET /v1/generation` says of the index, None where the key may not see it.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    name: str
    started_at: datetime
    set: SetIdentity
    configuration: dict[str, Any]
    generation: dict[str, Any] | None = None
    code: CodeVersion

    def measures_the_same(self, other: RunInfo) -> bool:
        """Whether results of both may stand in one run."""
        same = ("set", "configuration", "code")
        return all(getattr(self, field) == getattr(other, field) for field in same)


class Run(RunInfo):
    """A whole run: its questions with their results, and the scores over them. `judge` is the judge
    whose judgements are among the results, where there is one.
    """

    results: tuple[QuestionResult, ...]
    overall: Scores
    groups: dict[str, dict[str, Scores]]
    judge: JudgeIdentity | None = None

    @classmethod
    def of(cls, info: RunInfo, evaluation: Evaluation) -> Self:
        """The run that this evaluation was."""
        return cls(
            **dict(info),
            results=evaluation.results,
            overall=evaluation.overall,
            groups=evaluation.groups,
        )

    @property
    def evaluation(self) -> Evaluation:
        """Its results and scores."""
        return Evaluation(results=self.results, overall=self.overall, groups=self.groups)

    @property
    def not_judged(self) -> int:
        """How many questions the judge gave no usable verdict on, or on a claim of theirs."""
        judgements = [result.judgement for result in self.results]
        return sum(judgement is not None and not judgement.is_complete for judgement in judgements)

    def bare(self) -> Self:
        """The same without passages and answers: what comparing and gating need, and no text of
        the documents beyond the set's own.
        """
        return self.model_copy(update={"results": tuple(r.bare() for r in self.results)})


class RunStore:
    """The runs in one folder, `NAME.json` each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where the run of this name lies. Raises ConfigurationError for a bad name."""
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"{name!r} is no name for a run. Use letters, digits and . _ + - only."
            )
        return self._folder / f"{name}.json"

    def save(self, run: Run) -> Path:
        """Write the run, whole or not at all, and drop what was kept of its parts."""
        path = self.path(run.name)
        write_run(run, path)
        self._partial_path(run.name).unlink(missing_ok=True)
        return path

    def load(self, run: str) -> Run:
        """By name, or by the path of its file. Raises RunUnreadable."""
        return read_run(self.find(run))

    def find(self, run: str) -> Path:
        """Where the run of this name, or path, lies or would lie."""
        path = Path(run)
        return self.path(run) if not path.is_file() and _NAME.fullmatch(run) else path

    def begin(self, info: RunInfo) -> PartialRun:
        """Start keeping results as they come. Raises ConfigurationError for a name in use."""
        if self.path(info.name).exists():
            raise ConfigurationError(
                f"There is a run {info.name!r} already. Give another --name, or delete it."
            )
        return PartialRun.begin(self._partial_path(info.name), info)

    def resume(self, name: str) -> PartialRun:
        """What a run that was cut off had answered. Raises RunUnreadable."""
        return PartialRun.open(self._partial_path(name))

    def _partial_path(self, name: str) -> Path:
        return self.path(name).with_suffix(".partial.jsonl")


class PartialRun:
    """The results so far of a run that has not ended: a header, then a line each."""

    def __init__(self, path: Path, info: RunInfo, done: dict[str, QuestionResult]) -> None:
        self.info = info
        self.done = done
        self._path = path

    @classmethod
    def begin(cls, path: Path, info: RunInfo) -> Self:
        """Replaces what an earlier attempt of the same name left."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_privately(path, _json(info) + "\n")
        return cls(path, info, {})

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises RunUnreadable. A last line that was cut off is dropped: its question is asked
        again.
        """
        try:
            header, *lines = path.read_text("utf-8").split("\n")
        except OSError as error:
            raise RunUnreadable(
                f"There is nothing to resume: {path} cannot be read.", operator_detail=str(error)
            ) from error
        whole = lines[:-1]
        try:
            info = RunInfo.model_validate_json(header)
            results = [_RESULT.validate_json(line, by_alias=True) for line in whole]
        except ValidationError as error:
            raise RunUnreadable(f"{path} is no partial run of this version: {error}") from error
        write_privately(path, "\n".join([header, *whole]) + "\n")
        return cls(path, info, {result.question.id: result for result in results})

    def add(self, result: QuestionResult) -> None:
        """Keep one more result: a process that is killed after this has not lost it."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_RESULT.dump_json(result, by_alias=True).decode() + "\n")
        self.done[result.question.id] = result


def write_run(run: Run, path: Path) -> None:
    """Whole or not at all; for its owner only, since it holds excerpts of documents."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_privately(path, _json(run) + "\n")


def read_run(path: Path) -> Run:
    """Raises RunUnreadable."""
    try:
        return Run.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RunUnreadable(
            f"The run {path} cannot be read.", operator_detail=str(error)
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise RunUnreadable(
            f"{path} is no run that this version reads: {field}: {first['msg']}."
        ) from error


def _json(model: BaseModel) -> str:
    return model.model_dump_json(by_alias=True)


def write_privately(path: Path, text: str) -> None:
    """Whole or not at all, by way of a file beside it, which mkstemp makes readable by its owner
    only.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
