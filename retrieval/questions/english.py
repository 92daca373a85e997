"""Words of English that carry grammar and no topic: closed classes, so the lists are whole."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:['’\-/.&][^\W_]+)*")

AUXILIARIES = frozenset(
    "am is are was were be been being do does did have has had can could shall should will would "
    "may might must isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't can't "
    "cannot couldn't shouldn't won't wouldn't mustn't".split()
)
QUESTION_WORDS = frozenset("what who whom whose when where which why how".split())
PREPOSITIONS = frozenset(
    "about above across after against along among around as at before below between beyond by "
    "despite during except for from in inside into near of off on onto outside over per since "
    "through to toward under until upon via with within without".split()
)
CONJUNCTIONS = frozenset("and or but if when while because although unless whereas once".split())
DETERMINERS = frozenset(
    "a an the my your our his her its their this that these those any some each every no all both "
    "another other".split()
)
PRONOUNS = frozenset(
    "i you we they he she it me us them him one ones mine yours ours theirs hers somebody someone "
    "anyone anybody everyone everybody nobody something anything everything nothing there here "
    "myself yourself ourselves themselves itself".split()
)
# Verbs and adverbs so general that they name no topic.
_GENERAL = frozenset(
    "get gets got getting go goes going make makes take takes need needs want wants use used using "
    "know tell say says said mean means work works happen happens try tried apply applies please "
    "not also too just still only even ever really actually again then so than more most much many "
    "long often far soon early late else instead otherwise either as same such like well now let "
    "let's i'm i've i'd i'll it's that's what's who's where's how's there's we're we've you're "
    "they're he's she's does".split()
)
# Of something, always: "What is the deadline?" names no topic, nor does "Who approves?".
RELATIONAL_WORDS = frozenset(
    "deadline limit limits limitation limitations maximum minimum cost costs price prices fee fees "
    "form approval exception exceptions process procedure requirement requirements penalty notice "
    "difference differences reason reasons steps step alternative alternatives duration contact "
    "owner conditions restrictions amount rate link details example examples advantage advantages "
    "disadvantages benefits drawbacks risk risks options option prerequisites consequences "
    "permission permissions error problem issue result button field setting eligible allowed "
    "required possible mandatory available supported approve approves approved decide decides sign "
    "signs pay pays paid charged billed expire expires change changed ahead ask request start "
    "starts end ends begin wait last responsible qualify included reached choose recommend "
    "recommended elaborate explain clarify click affect find see show look".split()
)
FUNCTION_WORDS = (
    AUXILIARIES | QUESTION_WORDS | PREPOSITIONS | CONJUNCTIONS | DETERMINERS | PRONOUNS | _GENERAL
)


def words_of(text: str) -> list[str]:
    """The text's words in lower case, with straight apostrophes."""
    return [match[0].casefold().replace("’", "'") for match in WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words that can name a topic."""
    return [word for word in words_of(text) if word not in FUNCTION_WORDS and len(word) > 1]
