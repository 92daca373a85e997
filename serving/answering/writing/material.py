"""The passages and the question as a language model reads them."""

from __future__ import annotations

from collections.abc import Sequence

from core.language_models.material import without_control_tokens
from retrieval.passages.passage import Passage

# Of English prose a token has 4 to 5 characters; of code, figures and other languages fewer. A
# prompt that is too long is refused as a whole, so this errs on the safe side.
_CHARS_PER_TOKEN = 3
_CUT = " […]"


def write_material(
    question: str, passages: Sequence[Passage], *, max_tokens: int
) -> tuple[str, int]:
    """The passages, numbered from 1, best first, each line behind `> `, and then the question;
    and how many of the passages fit into `max_tokens` (estimated). At least one is there, cut
    short where it has to be.

    No line of a passage can be mistaken for the next passage, the question, or a message of the
    chat: all begin with `> `, and control tokens of chat templates are taken apart.
    """
    asked = f"Question: {' '.join(without_control_tokens(question).split())}"
    left = _CHARS_PER_TOKEN * max_tokens - len(asked)
    blocks: list[str] = []
    for number, passage in enumerate(passages, start=1):
        block = _block(number, passage)
        if len(block) > left and blocks:
            break
        blocks.append(block if len(block) <= left else block[: max(0, left)].rstrip() + _CUT)
        left -= len(block)
    return "\n\n".join((*blocks, asked)), len(blocks)


def _block(number: int, passage: Passage) -> str:
    chunk = passage.hits[0].chunk
    header = " > ".join(dict.fromkeys((chunk.title, *chunk.heading_path)))
    changed = f" (changed {chunk.updated_at:%Y-%m-%d})" if chunk.updated_at is not None else ""
    lines = (f"> {line}" for line in without_control_tokens(passage.text).splitlines())
    return "\n".join(
        (f"[{number}] {' '.join(without_control_tokens(header).split())}{changed}", *lines)
    )
