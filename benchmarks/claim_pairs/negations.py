"""A sentence that says the opposite, in grammatical English, by careful rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DENIALS = (
    (re.compile(r"\b(must|should|may|is|are|was|were|will|does|do|did|has|have) not\b"), r"\1"),
    (re.compile(r"\b[Cc]an(?:not|[’']t| not)\b"), "can"),
    (re.compile(r"\b(is|are|was|were|should)n[’']t\b"), r"\1"),
    (re.compile(r"\bwon[’']t\b"), "will"),
    (re.compile(r"\b(?:do|did)(?:n[’']t| not) (?=[a-z])"), ""),
)
_DENIED = re.compile(
    r"\b(?:not|no|never|none|nothing|nor|neither|without|cannot|unable|hardly)\b|n[’']t\b",
    re.IGNORECASE,
)
# Words that a "not" would take into its scope, or that stand only under one.
_SENSITIVE = re.compile(
    r"\b(?:only|any|anyone|anything|anymore|unless|either|yet|ever|at all|necessarily|also|always|"
    r"some|already|still|both|but|just|even|until|rather|instead|whether|however|too|longer|much|"
    r"many|sometimes|usually|often|if)\b",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"\b(?:that|which|who|whose|whom|what|how|why|when|where|while|because|although|though|since|"
    r"before|after|as|so|once|there|to)\b|[,;:(]",
    re.IGNORECASE,
)
_QUANTIFIED = re.compile(r"\b(?:all|every|each|most|everyone|few|several)\b", re.IGNORECASE)
_AUXILIARY = re.compile(r"\b(is|are|was|were|must|should|may(?! be)|can|will)\b(?= [a-z])")
_IMPERATIVE = re.compile(
    r"(?:Use|Include|Submit|Send|Contact|Email|Ask|Share|Post|Add|Enter|Select|Click|Complete|"
    r"Attach|Report|Request|Provide|Notify|Save|Upload|Store|Turn|Book|Keep|Avoid|Log|Fill|Sign|"
    r"Check|Update|Create|Write|Follow|Discuss|Schedule|Forward|Delete|Open|Reach|Talk|Work)\b"
)
_MAX_WORDS_BEFORE = 9


def negations(text: str) -> Iterator[str]:
    """The sentence denied, or without its denial; nothing where the rules are not sure."""
    denials = list(_DENIED.finditer(text))
    if len(denials) == 1:
        yield from _affirmed(text, denials[0])
    elif not denials:
        yield from _denied(text)


def _affirmed(text: str, denial: re.Match[str]) -> Iterator[str]:
    if _SENSITIVE.search(text):
        return
    for pattern, replacement in _DENIALS:
        match = pattern.search(text)
        if match is None or not match.start() <= denial.start() < match.end():
            continue
        put = match.expand(replacement)
        changed = text[: match.start()] + put + text[match.end() :]
        yield changed[0].upper() + changed[1:]
        return
    if re.match(r"(?:Do not|Don[’']t) [a-z]", text):
        rest = text.split(" ", 2 if text.startswith("Do not") else 1)[-1]
        yield rest[0].upper() + rest[1:]


def _denied(text: str) -> Iterator[str]:
    if _SENSITIVE.search(text):
        return
    match = _AUXILIARY.search(text)
    before = text[: match.start()] if match else text
    if (
        match is not None
        and len(before.split()) <= _MAX_WORDS_BEFORE
        and not _SUBORDINATE.search(before)
        and not _QUANTIFIED.search(before)
        and not _IMPERATIVE.match(text)
    ):
        word = match[1]
        denied = "cannot" if word == "can" else f"{word} not"
        yield text[: match.start()] + denied + text[match.end() :]
    elif (
        _IMPERATIVE.match(text)
        and not text.startswith("Avoid")
        and not re.search(r"[,;]| and ", text)
    ):
        yield f"Do not {text[0].lower()}{text[1:]}"
