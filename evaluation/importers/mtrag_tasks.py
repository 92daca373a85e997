"""MTRAG's generation tasks, as in `reference.jsonl`: a conversation up to a user's turn a line."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from evaluation.importers.lines import iter_objects
from evaluation.importers.mtrag_turns import Asked, Passage, Speech, add_asked
from evaluation.importers.writer import SetWriter
from evaluation.json_lines import parse_as


class _Task(BaseModel):
    """Two releases write some names differently; a missing label is NaN, which reads as null."""

    model_config = ConfigDict(populate_by_name=True)

    task_id: str = Field(min_length=1)
    contexts: list[Passage]
    input: list[Speech] = Field(min_length=1)
    targets: list[Speech] | None = None
    answerability: list[str] | None = Field(
        default=None, validation_alias=AliasChoices("Answerability", "answerability")
    )
    kinds: list[str] | None = Field(default=None, validation_alias="Question Type")
    multi_turn: list[str] | None = Field(default=None, validation_alias="Multi-Turn")
    collection: str | None = Field(
        default=None, validation_alias=AliasChoices("Collection", "collection")
    )


def import_tasks(file: Path, writer: SetWriter) -> None:
    """Every task. Raises ConfigurationError, naming the line of one that is none."""
    for place, value in iter_objects(file):
        task = parse_as(_Task, value, place)
        if task.input[-1].speaker != "user":
            raise place.error("input: the last turn must be the user's")
        add_asked(
            Asked(
                id=task.task_id,
                turns=task.input,
                passages=task.contexts,
                answer=task.targets[0].text if task.targets else "",
                answerability=task.answerability or (),
                kinds=task.kinds or (),
                multi_turn=task.multi_turn or (),
                collection=task.collection or "",
            ),
            writer,
        )
