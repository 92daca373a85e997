"""A model that drafts what it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.language_models.contract import NoUsableReply
from evaluation.drafting.passages import DraftPassage
from evaluation.language_model.contract import ReplyT


@dataclass
class FakeModel:
    """Replies by the passage's text with (question, answer, quote); else with nothing usable."""

    replies: Mapping[str, tuple[str, str, str]]
    name: str = "fake"
    asked: list[str] = field(default_factory=list)

    def ask(self, instructions: str, *, material: Mapping[str, str], reply: type[ReplyT]) -> ReplyT:
        passage = material["passage"]
        self.asked.append(passage)
        if passage not in self.replies:
            raise NoUsableReply("The model's reply is not what was asked for.")
        question, answer, quote = self.replies[passage]
        return reply.model_validate({"question": question, "answer": answer, "quote": quote})


def passage(text: str, *, path: str = "a.md", headings: tuple[str, ...] = ()) -> DraftPassage:
    return DraftPassage(id=f"id of {text}", path=path, text=text, heading_path=headings)
