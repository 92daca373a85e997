"""Evaluation sets: a folder with `questions.jsonl` and the documents in `corpus/`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigurationError
from evaluation.json_lines import read_json_lines

UNANSWERABLE = "unanswerable"
MULTI_DOC = "multi_doc"

_QUESTIONS = "questions.jsonl"
_CORPUS = "corpus"
_ACCESS = "access.json"


class Turn(BaseModel):
    """One earlier message of a conversation."""

    model_config = ConfigDict(frozen=True)

    role: Literal["user", "assistant"]
    content: str


class Question(BaseModel):
    """One question and what a right answer to it looks like.

    `gold` holds paths relative to the corpus, or as a live server names them: every one is needed
    where `type` is `multi_doc`, else any one of them will do. `evidence` are passages copied from
    them, `must_contain` strings that a right answer holds, all of them. `language` (ISO 639-1),
    `source` (of the gold, on a live server) and `access` (a name for who may read the gold) tell
    scores apart. `as_user`, `as` in JSON, is the user for whom to ask. Fields that are not known
    here are ignored.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True, validate_by_alias=True)

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    type: str = Field(min_length=1)
    gold: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    answer: str = ""
    must_contain: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    language: str | None = Field(default=None, min_length=1)
    source: str | None = Field(default=None, min_length=1)
    access: str | None = Field(default=None, min_length=1)
    as_user: str | None = Field(default=None, min_length=1, alias="as")

    @property
    def is_answerable(self) -> bool:
        return self.type != UNANSWERABLE and bool(self.gold)

    @property
    def needs_every_gold(self) -> bool:
        return self.type == MULTI_DOC


class SetAccess(BaseModel):
    """`access.json`: who may read which documents of the corpus, and who is in which group.

    `acl` is as in `vouch ingest --acl`: access tokens, or `GLOB=TOKEN` for paths that match. What
    names no user to ask as is asked as the user `admin`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    acl: tuple[str, ...] = ()
    groups: dict[str, tuple[str, ...]] = {}


class SetIdentity(BaseModel):
    """Which questions about which documents: scores compare only between equals.

    Both are SHA-256 in hexadecimal. `corpus_sha256` is None where a live server was asked.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    questions_sha256: str
    corpus_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """`corpus` is the folder that gold paths are relative to; None for a live server's."""

    name: str
    corpus: Path | None
    questions: tuple[Question, ...]
    access: SetAccess

    def identity(self) -> SetIdentity:
        """Reads every file of the corpus."""
        return SetIdentity(
            name=self.name,
            questions_sha256=_hash_questions(self.questions, self.access),
            corpus_sha256=None if self.corpus is None else _hash_files(self.corpus),
        )


def load_evaluation_set(
    folder: Path, *, corpus: Path | None = None, is_live: bool = False
) -> EvaluationSet:
    """Read and check the set in `folder`; its documents are in `folder/corpus` unless `corpus`
    says otherwise, and nowhere if it is for a live server.

    Raises ConfigurationError, naming file and line, for a folder without questions or corpus, a
    line that is no question, an id that repeats, or a gold path that is not in the corpus.
    """
    corpus = None if is_live else corpus or folder / _CORPUS
    if corpus is not None and not corpus.is_dir():
        raise ConfigurationError(
            f"{folder} is not an evaluation set: there is no folder {corpus} with the documents. "
            "Say where they are with --corpus, or ask a live server with --server."
        )
    file = folder / _QUESTIONS
    seen: dict[str, int] = {}
    questions = []
    for place, question in read_json_lines(file, model=Question):
        if question.id in seen:
            raise place.error(f"id: {question.id!r} is that of line {seen[question.id]}")
        seen[question.id] = place.line
        for path in question.gold:
            if corpus is not None and not (corpus / path).is_file():
                raise place.error(f"gold: {path!r} is not in {corpus.name}/")
        questions.append(question)
    if not questions:
        raise ConfigurationError(f"{file} holds no questions.")
    return EvaluationSet(
        name=folder.resolve().name,
        corpus=corpus,
        questions=tuple(questions),
        access=_load_access(folder / _ACCESS),
    )


def _load_access(file: Path) -> SetAccess:
    try:
        return SetAccess.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return SetAccess()
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error


def _hash_questions(questions: Sequence[Question], access: SetAccess) -> str:
    # Without the fields that are left out: a field that a later version adds changes no hash.
    models: list[BaseModel] = [*questions, access]
    lines = [model.model_dump_json(by_alias=True, exclude_defaults=True) for model in models]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _hash_files(folder: Path) -> str:
    """Of the names and contents of all files, wherever the folder lies."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix().encode()
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        total.update(hashlib.sha256(name).digest() + content)
    return total.hexdigest()
