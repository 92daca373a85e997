"""Whether an English question refers to something that it does not name itself."""

from __future__ import annotations

import re

from retrieval.questions.english import (
    AUXILIARIES,
    CONJUNCTIONS,
    FUNCTION_WORDS,
    PREPOSITIONS,
    RELATIONAL_WORDS,
    words_of,
)

# "Is it allowed to …", "how long does it take to …", "it depends": an "it" that stands for nothing.
_EMPTY_IT = re.compile(
    r"\b(?:is|was|isn't|will|would)\s+it\s+(?:be\s+)?(?:still\s+|even\s+|really\s+|also\s+|not\s+)*"
    r"(?:possible|ok|okay|allowed|true|necessary|better|best|safe|fine|worth|too|mandatory|required"
    r"|legal|normal|important|acceptable|permitted|compulsory|right|wrong|enough|likely|a\s+problem)\b"
    r"(?!\s*\?)(?!\s*$)"
    r"|\b(?:does|will|would|did|can)\s+it\s+(?:usually\s+|normally\s+|typically\s+)*"
    r"(?:take|cost|matter|help|make\s+sense)\b(?=.*\b(?:to|if|when|whether|for)\s+\w)"
    r"|\bit(?:'s|\s+is|\s+was)\s+(?:possible|ok|true|necessary|better|worth|late|raining|snowing)\b"
    r"|\b(?:find|make|makes|found)\s+it\s+\w+\s+to\b|\bwhat\s+time\s+is\s+it\b",
    re.IGNORECASE,
)
# "IT" is a department and no pronoun; in a question all in capitals nobody knows.
_DEPARTMENT = re.compile(r"\bIT\b")
_EXISTENTIAL = re.compile(
    r"\bthere(?:'s|\s+(?:is|are|was|were|will|has|have|any|a|an|some))\b"
    r"|\b(?:is|are|was|were|will|isn't|aren't|has|have|can|should|could|if)\s+there\b(?!\s*\?)",
    re.IGNORECASE,
)
# "this year", "these days": the time and place of speaking, not of the conversation.
_DEICTIC = re.compile(
    r"\b(?:this|these|that)\s+(?:year|month|week|quarter|morning|afternoon|evening|weekend|summer"
    r"|winter|spring|autumn|days|season|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|company|organi[sz]ation|handbook|site|website|time\s+of)\b"
    r"|\bthose\s+(?:who|of\s+us|that|with|without|in)\b|\bone\s+(?:of|or\s+more)\b",
    re.IGNORECASE,
)
_BACK_REFERENCE = re.compile(
    r"\b(?:the\s+(?:same(?!\s+(?:day|time|month|year|week))|others?(?!\s+\w+\s+(?:of|in|at))|latter"
    r"|former|above|previous(?:\s+one)?|first\s+(?:one|option|step)|second\s+(?:one|option|step)"
    r"|last\s+(?:one|option|step)|next\s+step)"
    r"|tell\s+me\s+more(?=\s*[?.!]*\Z)|more\s+(?:details?|info(?:rmation)?)|(?:any|some|an?)\s+(?:examples?)|you\s+(?:just\s+)?(?:said|"
    r"mentioned|told|wrote|listed)|you\s+mean|your\s+(?:last\s+|previous\s+)?(?:answer|reply|suggestion)"
    r"|(?:who|what|where|anything|anyone|something)\s+else|(?:which|what)\s+ones?|neither\s+of"
    r"|either\s+of|both\s+of|that\s+case|such\s+(?:an?\s+)?\w+)\b",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"\b(?:too|as\s+well|either|instead|otherwise|again|though|afterwards|then)\s*[?.!]*\Z",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"\A(?:otherwise|instead|afterwards|still|nothing\s+(?:happens|happened|changed|works)"
    r"|no\s+luck|same\s+(?:error|problem|issue|thing|here|result)|(?:i\s+)?already\s+(?:tried|did)|didn't"
    r"|doesn't|does\s+not|not\s+working)\b",
    re.IGNORECASE,
)

_PERSONAL = frozenset("it they them".split())
_PERSONS = frozenset("he she him".split())
# Without a noun: "Can another agency use ours?"
_ELLIPTIC = frozenset("ours theirs hers mine yours".split())
_POSSESSIVE = frozenset("its their his her".split())
_DEMONSTRATIVE = frozenset("this these those".split())
# Before these a "that" is a pronoun; after a noun it begins a relative clause.
_BEFORE_THAT = (
    AUXILIARIES
    | PREPOSITIONS
    | frozenset("if why how mean do need use get want change make after and or what".split())
)
_BEFORE_CLAUSE = frozenset(
    "say says said know sure told heard read so such means true ensure".split()
)
# "a detail here versus one elsewhere": what it stands for is before it.
_BEFORE_OTHER_ONE = frozenset("at or than versus vs".split())
_BEFORE_A_VERB = frozenset("i we you they he she it to not who please never always".split())
_BEFORE_GERUND = frozenset("after before without by for".split())
_CLAUSE_OPENERS = CONJUNCTIONS | frozenset(
    "that which who where how what why after before until since".split()
)


def refers_back(question: str) -> bool:
    """Whether a pronoun or another word for something said before has nothing to stand for here.

    "Can I return it?" refers back. "If my badge is lost, who replaces it?" does not: an earlier
    clause of the question names a thing. Nor do "is it allowed to …", "is there …", "this year".
    """
    text = _DEPARTMENT.sub("computers", question.replace("’", "'"))
    if _BACK_REFERENCE.search(text) or _TRAILING.search(text) or _LEADING.search(text):
        return True
    for pattern in (_EMPTY_IT, _EXISTENTIAL, _DEICTIC):
        text = pattern.sub(" ", text)
    clauses = re.split(r"[,;:.?!()]\s*|\s-\s", text)
    named_before = False
    for clause in clauses:
        words = words_of(clause)
        for at, word in enumerate(words):
            if word.removesuffix("'s").removesuffix("'ll") in _ANAPHORS and _is_open(
                words, at, named_before=named_before
            ):
                return True
            opens_clause = word in _CLAUSE_OPENERS or (
                word in _BEFORE_GERUND and words[at + 1 : at + 2] and words[at + 1].endswith("ing")
            )
            if opens_clause and _names_a_thing(words[:at]):
                named_before = True
        named_before = named_before or _names_a_thing(words)
    return False


_ANAPHORS = (
    _ELLIPTIC
    | _PERSONAL
    | _PERSONS
    | _POSSESSIVE
    | _DEMONSTRATIVE
    | {"that", "there", "one", "ones"}
)


def _is_open(words: list[str], at: int, *, named_before: bool) -> bool:
    """Whether the anaphor at this place of its clause has nothing before it to stand for."""
    word = words[at].removesuffix("'s").removesuffix("'ll")
    before, after = words[:at], words[at + 1 :]
    if word == "that" and not _is_pronoun_that(before, after):
        return False
    if word == "one" and not _is_pronoun_one(before, after):
        return False
    if word == "there" and after and after[0] not in PREPOSITIONS | CONJUNCTIONS:
        return False
    if named_before:
        return False
    # "Does the gateway keep its readings?": a possessive may stand for its own clause's subject,
    # but the object in "reach her" may not.
    is_possessive = word in _POSSESSIVE and bool(after) and after[0] not in FUNCTION_WORDS
    return not (is_possessive and _names_a_thing(before))


def _is_pronoun_that(before: list[str], after: list[str]) -> bool:
    if before and before[-1] in _BEFORE_CLAUSE:
        return False
    return not before or not after or before[-1] in _BEFORE_THAT


def _is_pronoun_one(before: list[str], after: list[str]) -> bool:
    """ "A new one?" and "which one is", but not "one day" or "one laptop"."""
    return (
        bool(before)
        and (not after or after[0] in FUNCTION_WORDS)
        and before[-1] not in _BEFORE_OTHER_ONE
    )


def _names_a_thing(words: list[str]) -> bool:
    """Whether there is a noun: a topic word that does not stand where a verb does."""
    return any(
        word not in FUNCTION_WORDS | RELATIONAL_WORDS
        and len(word) > 2
        and previous not in _BEFORE_A_VERB
        for previous, word in zip(["", *words], words, strict=False)
    )
