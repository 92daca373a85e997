"""Whether a text supports a statement, by a model: ALCE's question, asked as ALCE does."""

from __future__ import annotations

from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from evaluation.language_model.contract import LanguageModel

ENTAILMENT_PROMPT = files("evaluation.judge").joinpath("prompts/entailment.md").read_text("utf-8")


class _Support(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str
    supported: bool


def ask_entailment(model: LanguageModel, premise: str, *, hypothesis: str) -> bool:
    """One request. Raises as `LanguageModel.ask`.

    Source: Gao, Yen, Yu and Chen, Enabling Large Language Models to Generate Text with Citations
    (ALCE), EMNLP 2023, where a model trained for entailment (TRUE) is asked.
    """
    reply = model.ask(
        ENTAILMENT_PROMPT,
        material={"premise": premise, "statement": hypothesis},
        reply=_Support,
    )
    return reply.supported
