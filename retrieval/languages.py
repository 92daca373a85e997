"""Which language a text is in. py3langid's model is in its wheel: nothing is fetched.

Languages are named by ISO 639-1. A passage of a few sentences is told with certainty; a question of
a few words often is not, and has several likely languages.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# Those that a company's documents may be in. Each more makes short texts harder to tell.
LANGUAGES = (
    "ar az bg ca cs da de el en es fi fr he hu id it ja kk ko nl no pl pt ro ru sl sv tr uk zh"
).split()

_SURE = 0.8
_LIKELY = 0.1
_MOST_CHARS = 4_000


def detect_language(text: str) -> str | None:
    """The language of a text; None where it cannot be told, as of a number or a code."""
    if not any(character.isalpha() for character in text):
        return None
    (language, probability), *_ = _ranked(text)
    return language if probability >= _SURE else None


def may_be_english(text: str) -> bool:
    """Whether it is, or cannot be told."""
    return detect_language(text) in {"en", None}


def likely_languages(text: str) -> tuple[str, ...]:
    """Those that the text may well be in, the likeliest first; none of a text without letters."""
    if not any(character.isalpha() for character in text):
        return ()
    return tuple(language for language, share in _ranked(text) if share >= _LIKELY)


def _ranked(text: str) -> list[tuple[str, float]]:
    ranked = _identifier().rank(text[:_MOST_CHARS])
    return [(str(language), float(probability)) for language, probability in ranked]


@cache
def _identifier() -> Any:  # the library has no type hints
    # Imported here: its model takes half a second to unpack.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
