"""Follow-ups to standalone questions, by rule: no model, English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.questions.anaphora import refers_back
from retrieval.questions.contract import Turn
from retrieval.questions.english import (
    AUXILIARIES,
    CONJUNCTIONS,
    DETERMINERS,
    FUNCTION_WORDS,
    PREPOSITIONS,
    QUESTION_WORDS,
    RELATIONAL_WORDS,
    WORD,
    content_words,
    words_of,
)

_MAX_TURNS = 8
_MAX_FRAGMENT_WORDS = 7
_MAX_REPLY_WORDS = 10
# Words that can name a topic. Of so few it may still be the conversation's, of so many it is not.
_MAX_UNSURE_WORDS = 3
_MIN_SELF_CONTAINED_WORDS = 7

_COURTESY = re.compile(
    r"\A(?:(?:thanks|thank\s+you|thx|cheers|ok|okay|great|perfect|cool|nice|good|awesome|got\s+it|i\s+see"
    r"|understood|makes\s+sense|hi|hello|hey|yes|yeah|yep|no|nope|right|alright|hm+|oh|ah|sorry"
    r"|well|so)\b(?:\s+(?:so\s+much|a\s+lot|very\s+much|again|there|team|to\s+know|then"
    r"|for\s+(?:that|the\s+help|your\s+help)|(?:this|that)\s+(?:helps|helped|works|worked)))*"
    r"\s*(?:[,.!;:…]|[-–—]\s)+\s*|(?:(?:this|that)\s+(?:helps|helped|works|worked)(?:\s+a\s+lot)?|so|hi|thanks)"
    r"\s*[,.!]+\s*)+",
    re.IGNORECASE,
)
_NEW_TOPIC = re.compile(
    r"\A(?:(?:now\s+)?(?:(?:a|one)\s+)?(?:new|different|another|unrelated|other|separate)\s+(?:question|topic|"
    r"thing|issue|matter|subject)|(?:on\s+)?(?:a|an)\s+(?:different|another|unrelated)\s+(?:topic|note|matter"
    r"|subject)|unrelated|by\s+the\s+way|btw|changing\s+(?:the\s+)?(?:topic|subject))\b\s*[,:.;!–—-]*\s*",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"\A(?:(?:and|but|or|also|then|so)\s+)*(?:what\s+about|how\s+about|what\s+of|same\s+(?:question\s+)?(?:for"
    r"|with)|the\s+same\s+for|any\s+difference\s+for)\s+(?P<about>.+?)[?.!]*\Z"
    r"|\A(?:and|but|or|und|oder|et|y)\s+(?P<rest>.+)\Z",
    re.IGNORECASE | re.DOTALL,
)
_MEANT = re.compile(
    r"\A(?:i\s+(?:actually\s+)?mean(?:t)?|i\s+was\s+(?:asking|talking)\s+about|rather|not\s+.+?,\s+but)\s+(.+?)[?.!]*\Z",
    re.IGNORECASE,
)
_WHAT_IF = re.compile(r"\A(?:(?:and|but|or|so)\s+)*(?:what|even)\s+if\b", re.IGNORECASE)
# "And where in Leeds?", "how many for contractors?"
_ASKED_OF = re.compile(
    rf"\A(?:where|when|what|who|why|which|how(?:\s+(?:many|much|long|often|far|soon|early))?)\s+"
    rf"(?P<phrase>(?:{'|'.join(sorted(PREPOSITIONS - {'to'}))})\s+[^,;?]+?)[?.!]*\Z",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"\A(?:please\s+)?(?:can|could|would)\s+you\s+(?:please\s+)?(?:tell|explain|show)\s+(?:to\s+)?(?:me|us)\s+",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

Leaning = Literal["stands alone", "fragment", "reference", "reply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A question as it stands alone. `with_context` is set where the rules cannot tell whether it
    leans on the conversation: then both are searched for.
    """

    question: str
    with_context: str | None = None


def read_follow_up(question: str, history: Sequence[Turn]) -> FollowUp:
    """Decide by closed lists of English words whether a question leans on the conversation (oldest
    turn first), and on what of it.

    A question that names its own topic is left as it is, but for courtesies, so that a change of
    topic is not mixed with the old one. An elliptic one ("And in Berlin?") takes the earlier
    question's frame, with what it contrasts put in its place. One that refers back ("Who approves
    it?") is put behind the earlier question. One of few words that does neither ("What is the
    employer code?") may mean either. In other languages only a question of at most three words,
    or one that begins with "und", "oder", "et" or "y", leans on the history.
    """
    history = list(history)[-_MAX_TURNS:]
    asked = [at for at, turn in enumerate(history) if turn.role == "user" and turn.text.strip()]
    if not asked:
        return FollowUp(question=question)
    stripped = _without_courtesies(question)
    if new := _NEW_TOPIC.match(stripped):
        return FollowUp(question=stripped[new.end() :] or stripped)
    # The one before was a follow-up itself, perhaps: it is made to stand alone in its turn.
    at = _last_with_a_topic(history, asked)
    before = read_follow_up(history[at].text, history[:at]).question
    leaning = leaning_of(stripped, _last_answer(history))
    if leaning == "fragment":
        return FollowUp(question=_in_frame(stripped, before))
    if leaning in ("reference", "reply"):
        return FollowUp(question=_joined(before, stripped))
    alone = _without_opener(stripped)
    is_short = len(content_words(alone)) <= _MAX_UNSURE_WORDS
    return FollowUp(question=alone, with_context=_joined(before, stripped) if is_short else None)


def leaning_of(question: str, last_answer: str) -> Leaning:
    """How the question, without courtesies, leans on what came before."""
    opener = _OPENER.match(question)
    if _MEANT.match(question) or (opener and opener["about"]):
        return "fragment"
    if _asked_of(_without_opener(question)):
        return "fragment"
    if _WHAT_IF.match(question):
        return "reference"
    if opener and not _is_clause(words_of(opener["rest"])):
        return "fragment"
    words = words_of(_without_opener(question))
    if _is_reply(question, words, last_answer):
        return "reply"
    if _is_fragment(question, words):
        return "fragment"
    if len(content_words(question)) >= _MIN_SELF_CONTAINED_WORDS:
        # "How many days do they have to decide on a request that needs no medical paperwork?"
        return "stands alone"
    if opener or refers_back(question) or _names_no_topic(words):
        # "And do contractors get a badge?" names its topic, whatever it begins with.
        is_whole = opener and not refers_back(question) and len(content_words(question)) > 1
        return "stands alone" if is_whole else "reference"
    return "stands alone"


def _asked_of(question: str) -> str | None:
    """The phrase that a question without a verb asks about."""
    match = _ASKED_OF.match(question)
    if match is None or AUXILIARIES & set(words_of(match["phrase"])):
        return None
    return match["phrase"]


def _without_courtesies(question: str) -> str:
    rest = question.strip()
    while (match := _COURTESY.match(rest)) and match.end() < len(rest):
        rest = rest[match.end() :]
    rest = _FRAME.sub("", rest)
    return rest if WORD.search(rest) else question


def _without_opener(question: str) -> str:
    opener = _OPENER.match(question)
    return opener["rest"] if opener and opener["rest"] else question


def _last_with_a_topic(history: list[Turn], asked: list[int]) -> int:
    """Where the last question is that is more than "thanks"."""
    for at in reversed(asked):
        if content_words(_COURTESY.sub("", history[at].text + ". ")):
            return at
    return asked[-1]


def _last_answer(history: list[Turn]) -> str:
    return history[-1].text if history and history[-1].role == "assistant" else ""


def _is_clause(words: list[str]) -> bool:
    """Whether there is a question or a verb: "do contractors get one", "how long", "who pays"."""
    return bool(words) and (
        words[0].partition("'")[0] in QUESTION_WORDS or bool(AUXILIARIES & set(words))
    )


def _is_reply(question: str, words: list[str], last_answer: str) -> bool:
    """The assistant asked something, and this says what."""
    return (
        last_answer.rstrip().endswith("?")
        and "?" not in question
        and len(words) <= _MAX_REPLY_WORDS
        and not (words and words[0].partition("'")[0] in QUESTION_WORDS | AUXILIARIES)
    )


def _is_fragment(question: str, words: list[str]) -> bool:
    """A phrase without a verb that needs the earlier question's: "In Berlin?", "For how long?".

    A handful of topic words ("travel policy 2025") is how people search, and stands alone.
    """
    if not words:
        return True
    if len(_CJK.findall(question)) > 0:
        return len(_CJK.findall(question)) <= 6
    if len(words) > _MAX_FRAGMENT_WORDS or _is_clause(words):
        return False
    if words[0] in PREPOSITIONS | CONJUNCTIONS | DETERMINERS:
        return len(words) <= 5
    return len(words) <= 3 and (question.rstrip().endswith("?") or len(content_words(question)) < 2)


def _names_no_topic(words: list[str]) -> bool:
    """ "Why?", "How long does that take?", "What is the deadline?"."""
    topics = [word for word in words if word not in FUNCTION_WORDS and word not in RELATIONAL_WORDS]
    return not topics and len(words) <= 9


def _in_frame(question: str, before: str) -> str:
    """The earlier question asked of what the fragment names.

    The fragment takes the place of the phrase with the same preposition ("in Munich", "in
    Berlin"), else of the one with the same last word ("annual leave", "parental leave"); where
    there is neither, both are kept.
    """
    fragment = _fragment_of(question)
    if not WORD.search(fragment):
        return _joined(before, question)
    words = words_of(fragment)
    replaced = (
        _with_phrase_replaced(before, fragment, words[0])
        if words[0] in PREPOSITIONS
        else _with_noun_replaced(before, fragment)
    )
    return replaced or _joined(before, question)


def _fragment_of(question: str) -> str:
    meant = _MEANT.match(question)
    if meant:
        return meant[1]
    opener = _OPENER.match(question)
    text = (opener["about"] or opener["rest"]) if opener else question
    text = str(text).strip().rstrip("?!. ")
    return _asked_of(text) or text


def _with_phrase_replaced(before: str, fragment: str, preposition: str) -> str | None:
    phrases = [
        match
        for match in re.finditer(rf"\b{re.escape(preposition)}\b", before, re.IGNORECASE)
        if _phrase_end(before, match.end()) > match.end()
    ]
    if not phrases:
        return None
    last = phrases[-1]
    return before[: last.start()] + fragment + before[_phrase_end(before, last.end()) :]


def _phrase_end(text: str, start: int) -> int:
    """Where the noun phrase that begins here ends: before a verb, a preposition, punctuation."""
    end = start
    for match in WORD.finditer(text, start):
        if text[end : match.start()].strip():
            break
        word = match[0].casefold()
        is_inside = word not in FUNCTION_WORDS or (word in DETERMINERS and end == start)
        if not is_inside:
            break
        end = match.end()
    return end


def _with_noun_replaced(before: str, fragment: str) -> str | None:
    words = list(WORD.finditer(fragment))
    if not words or words[-1][0].casefold() in FUNCTION_WORDS:
        return None
    head = words[-1][0].casefold().removesuffix("s")
    found = list(WORD.finditer(before))
    for at, match in reversed(list(enumerate(found))):
        if match[0].casefold().removesuffix("s") != head:
            continue
        start = at
        while start and _modifies(before, found[start - 1], found[start]):
            start -= 1
        if start < at or len(words) > 1:
            if start and _is_determiner(found[start - 1]) and _is_determiner(words[0]):
                start -= 1
            return before[: found[start].start()] + fragment + before[match.end() :]
    return None


def _is_determiner(word: re.Match[str]) -> bool:
    return word[0].casefold() in DETERMINERS


def _modifies(text: str, word: re.Match[str], following: re.Match[str]) -> bool:
    return (
        word[0].casefold() not in FUNCTION_WORDS
        and not text[word.end() : following.start()].strip()
    )


def _joined(before: str, after: str) -> str:
    return f"{before.rstrip()} {after}".strip() if after else before
