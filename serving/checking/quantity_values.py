"""Amounts in a text, each in a normal form that compares.

Normal form: an exact fraction and a canonical unit (`serving.checking.units`), or no unit.
"1,200,000 USD", "$1.2M" and "1.2 million dollars" are (1200000, "USD"); "sixteen weeks" and
"112 days" are (9676800, "second"); "12%" and "12 percent" are (12, "percent"). Both ends of a
range carry its unit: "4-6 weeks" is 4 weeks and 6 weeks. Ordinals have the unit "ordinal".
Codes that mix letters and digits, versions, telephone numbers and addresses are `CodeValue`s:
they are names, not amounts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from serving.checking.units import CURRENCIES, CURRENCY_PREFIX, Unit, find_rate, find_unit

ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityValue:
    """An amount at `text[start:end]`, its unit included.

    `number` is as written, `scale` ("million") included; `amount` is in the canonical `unit`.
    `rate` is the period that the amount is per ("month" for "$50 a month"). `is_counting`: a noun
    that is no unit follows ("30 people"). `is_weak`: too idle a word to be demanded of a claim's
    quotes ("a week", "one", "first"), but good enough to be found in them.
    """

    start: int
    end: int
    number: Fraction
    scale: int
    amount: Fraction
    unit: str | None
    rate: str | None
    is_counting: bool
    is_weak: bool


@dataclass(frozen=True, slots=True)
class CodeValue:
    """A name with digits at `text[start:end]`; `key` is what `code_key` makes of it."""

    start: int
    end: int
    key: str


Spans = Sequence[tuple[int, int]]


def _words(text: str) -> list[str]:
    return text.split()


_ONES = _words("one two three four five six seven eight nine")
_TEENS = _words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = MappingProxyType(
    {"zero": 0}
    | {word: value for value, word in enumerate([*_ONES, *_TEENS], start=1)}
    | {word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)}
)
_ORDINAL_WORDS = MappingProxyType(
    {
        word: value
        for value, word in enumerate(
            _words(
                "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
            ),
            start=1,
        )
    }
)
_VULGAR = MappingProxyType(
    {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3),
     "⅔": Fraction(2, 3), "⅛": Fraction(1, 8)}
)  # fmt: skip
_SCALES = MappingProxyType(
    {
        "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9,
        "trillion": 10**12, "dozen": 12, "k": 10**3, "m": 10**6, "mm": 10**6, "mn": 10**6,
        "mio": 10**6, "b": 10**9, "bn": 10**9, "mrd": 10**9, "t": 10**12,
    }
)  # fmt: skip
_BIG = "thousand|million|billion|trillion"

_SUB100 = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_ONES)}))?|{'|'.join([*_TEENS, *_ONES])})"
_SUB1000 = rf"(?:(?:{_SUB100}|a)[\s-]hundred(?:\s(?:and\s)?{_SUB100})?|{_SUB100})"
_WORDS = (
    rf"(?:(?:{_SUB1000}|a)[\s-](?:{_BIG})(?:\s(?:and\s)?{_SUB1000}(?:[\s-](?:{_BIG}))?)*"
    rf"|(?:{_SUB100}|a)[\s-]dozen|{_SUB1000}|zero|dozen)"
)
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3}){1,9}(?!\d)(?:\.\d+)?"
    r"|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3}){1,9}(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?: \d{3}){2,9}(?!\d)(?:[.,]\d+)?"
    r"|\d{1,3}(?:\.\d{3}){1,9},\d{1,2}(?!\d)"
    r"|\d+(?:[.,]\d+)?"
    r"|(?<![\w.])\.\d+)"
)
_FRACTION = r"(?:(?:\d+ )?(?:1/[2-9]|2/[35]|3/[458]|5/8|7/8|4/5|5/6)(?![\d/])|\d*[½¼¾⅓⅔⅛])"
_SCALE = (
    rf"(?:[\s-]?(?:(?i:hundred|{_BIG}|mio|mrd|dozen)\b\.?|bn\b|mn\b)"
    # "$5m" is five million; "5m" is five metres.
    r"|(?(currency)(?:[kKmMbBtT]|MM|BN)|[kKMB])(?![\w²³/]))"
)
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)])[-−](?=[\d$€£]))?(?:(?P<currency>{CURRENCY_PREFIX})\s?[-−]?)?"
    rf"(?:(?P<fraction>(?<![\d/.]){_FRACTION})|(?<!\d)(?<!\d[.,])(?P<digits>{_DIGITS}))"
    rf"(?:(?P<ordinal>st|nd|rd|th)\b)?(?P<scale>{_SCALE})?"
    r"(?P<plus>\sand\s(?:a|one)[\s-]half\b)?"
    rf"|\b(?P<words>(?i:{_WORDS}))\b(?P<words_plus>\sand\s(?:a|one)[\s-]half\b)?"
    r"|\b(?P<half>(?i:half))(?=\s(?:an?|of)\s|[\s-](?:day|hour|year))"
    rf"|\b(?P<ordinal_word>(?i:{'|'.join(_ORDINAL_WORDS)}))\b"
    r"|\b(?P<article>(?i:an?|once|twice))\b"
)
_NUMBER_START = re.compile(r"[A-Za-z]+|[-−.\d$€£¥₹½¼¾⅓⅔⅛]")
_NUMBER_WORDS = (
    _SMALL.keys()
    | _ORDINAL_WORDS.keys()
    | {"a", "an", "au", "c", "ca", "dozen", "half", "once", "twice", "us"}
    | {currency.lower() for currency in CURRENCIES}
)

_UNIT_WORD = r"(?:km/h|(?:US\$|CA\$|[$€£¥])(?!\s?\d)|[%¢″]|°\s?[CF]?\b|°|[^\W\d_]+)"
_AFTER = re.compile(rf"\)?[\s-]*({_UNIT_WORD})")
_NEXT_WORD = re.compile(r"[ \n-]([^\W\d_]+)")
# On the next line only a word in lower case goes on with the sentence: others begin a row.
_WORD_AFTER = re.compile(r"(?:[^\S\n]+|-|\n(?=[a-z]))([^\W\d_][^\W_]*)")
_UNITS_OF_TWO_WORDS = tuple(
    (re.compile(rf"\)?[\s-]*{pattern}\b", re.IGNORECASE), name)
    for pattern, name in (
        (r"(?:percentage|percent|%)[\s-]points?", "percentage_point"),
        (r"per\s?cent", "percent"),
        (r"(?:square|sq\.?)[\s-](?:feet|foot|ft)", "square_foot"),
        (r"(?:business|working|work)[\s-]days?", "working_day"),
    )
)
_RATE = re.compile(
    r"\s*(?:/\s?|per\s|an?\s|each\s|every\s)([^\W\d_]+)|\s(hourly|daily|weekly|monthly|quarterly|"
    r"annually|yearly)\b",
    re.IGNORECASE,
)
_CONNECTION = re.compile(r"\s*(?:-|–|—|\bto\b|\bthrough\b|,?\s*\b(?:and|or)\b|\()\s*")
_COMMA = re.compile(r",\s*")
_RANGE = re.compile(r"\s*(?:-|–|—|\bto\b)\s*")
# Between a number and its unit ("30 consecutive calendar days") these never stand.
_NOT_A_NOUN = frozenset(
    _words(
        "a about above after all also an and are as at be because been before below but by can "
        "could did do does during each every for from had has have he if in into is it its last "
        "least may might more most must next no nor not of off on once only or other out over per "
        "shall she should since so than that the their them then there these they this those "
        "through to under unless until up upon was we were when where which while who will with "
        "within without would you your"
    )
)
_MAX_ADJECTIVES = 3
_SHORT_UNITS = frozenset(_words("s h m g l w x mi mo pt min"))

_URL = (
    r"(?:https?://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
_CODE = re.compile(
    rf"(?P<url>{_URL})"
    r"|(?P<version>(?<![\w.])[vV]?\d+(?:\.\d+){2,}(?![\w])|(?<!\w)[vV]\d+(?:\.\d+)*(?!\w))"
    # Python refuses to read integers of more than 4300 digits.
    r"|(?P<long>\d{40,})"
    r"|(?P<phone>(?<![\w-])(?:\+\d[\d ]{0,3})?(?:\d[ .-])?\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}(?![\w-])"
    r"|(?<![\w-])\d+(?:-\d+){2,}(?![\w-]))"
    r"|(?P<clause>(?<!\w)\d{3}\s?(?:\([a-zA-Z]\)(?:\(\d\))?|k(?=\s(?:plan|match|contribution))))"
    r"|(?P<form>(?<!\w)\d{1,3}-[A-Z](?!\w))"
    r"|(?P<mixed>(?<![\w$€£])(?:[A-Z][A-Za-z]*[-–]\d|[A-Za-z]+\d|\d+[A-Za-z])[\w]*(?:[-.]?[\w]*\d[\w]*)*)"
)
_LINE_WITH_DIGIT = re.compile(r"^[^\d\n]*\d.*$", re.MULTILINE)
_AMOUNT_LIKE = re.compile(
    r"(?:\d+(?:st|nd|rd|th)|(?:USD|EUR|GBP|JPY|CHF|INR|CAD|AUD)\d+|\d+(?:k|m|b|bn|mn|mm|t))\Z",
    re.IGNORECASE,
)
_DIGITS_THEN_LETTERS = re.compile(r"\d+([A-Za-z]+)\Z")
_SEPARATORS = re.compile(r"[\s()–-]+")


def code_values(text: str, taken: Spans) -> list[CodeValue]:
    """The codes, versions, telephone numbers, links and addresses with a digit in them, in order,
    that do not overlap the `taken` spans, which are in order.
    """
    starts = [start for start, _ in taken]
    return [
        CodeValue(match.start(), match.end(), code_key(match[0]))
        for line in _LINE_WITH_DIGIT.finditer(text)
        for match in _CODE.finditer(text, line.start(), line.end())
        if not _is_amount(match)
        and any(char.isdigit() for char in match[0])
        and _blocking(match, taken, starts) is None
    ]


def code_key(code: str) -> str:
    """What two spellings of one code share: "SF-86" and "sf 86" are "sf86", "401(k)" is "401k"."""
    return _SEPARATORS.sub("", code).lower()


def _is_amount(match: re.Match[str]) -> bool:
    if match.lastgroup != "mixed":
        return False
    if _AMOUNT_LIKE.match(match[0]):
        return True
    letters = _DIGITS_THEN_LETTERS.match(match[0])
    return letters is not None and find_unit(letters[1]) is not None


def quantity_values(text: str, taken: Spans) -> list[QuantityValue]:
    """The amounts in `text` outside the `taken` spans, which are in order; in order."""
    found = [value for match in _free_matches(text, taken) if (value := _read(match, text))]
    return _share_units(found, text)


def _free_matches(text: str, taken: Spans) -> Iterator[re.Match[str]]:
    """Matches outside the taken spans; what overlaps one is not read at all."""
    starts = [start for start, _ in taken]
    at = 0
    for start in _number_starts(text):
        if start < at or (match := _NUMBER.match(text, start)) is None:
            continue
        blocking_end = _blocking(match, taken, starts)
        at = match.end() if blocking_end is None else blocking_end
        if blocking_end is None:
            yield match


def _number_starts(text: str) -> Iterator[int]:
    """Every place where a number may begin."""
    for token in _NUMBER_START.finditer(text):
        if not token[0].isalpha() or token[0].lower() in _NUMBER_WORDS:
            yield token.start()


def _blocking(match: re.Match[str], taken: Spans, starts: Sequence[int]) -> int | None:
    """The end of the last taken span that the match overlaps, if any."""
    index = bisect_right(starts, match.end() - 1) - 1
    overlaps = index >= 0 and taken[index][1] > match.start()
    return taken[index][1] if overlaps else None


def _read(match: re.Match[str], text: str) -> QuantityValue | None:
    number = _number(match)
    currency = match["currency"]
    end = match.end()
    is_ordinal = bool(match["ordinal"] or match["ordinal_word"])
    unit: Unit | None = None
    if is_ordinal:
        unit = Unit(ORDINAL, Fraction(1))
    elif currency:
        unit, end = _repeated_currency(text, end, find_unit(currency))
    elif match["article"] and match["article"].lower().endswith("ce"):
        unit = find_unit("times")
    else:
        unit, end = _unit_after(text, end)
    if match["article"] and unit is None:
        return None
    rate, end = _rate_after(text, end) if unit and not is_ordinal else (None, end)
    return QuantityValue(
        start=match.start(),
        end=end,
        number=number,
        scale=_scale(match),
        amount=number * unit.factor if unit else number,
        unit=unit.name if unit else None,
        rate=rate,
        is_counting=unit is None and _is_counting(text, end),
        is_weak=_is_weak(match, unit, text, end),
    )


def _number(match: re.Match[str]) -> Fraction:
    if match["words"]:
        return _spelled(match["words"]) + (Fraction(1, 2) if match["words_plus"] else 0)
    if match["half"]:
        return Fraction(1, 2)
    if match["ordinal_word"]:
        return Fraction(_ORDINAL_WORDS[match["ordinal_word"].lower()])
    if match["article"]:
        return Fraction(2 if match["article"].lower() == "twice" else 1)
    number = _fraction(match["fraction"]) if match["fraction"] else _decimal(match["digits"])
    number *= _scale(match)
    if match["plus"]:
        number += Fraction(1, 2)
    return -number if match["sign"] else number


def _scale(match: re.Match[str]) -> int:
    scale = match["scale"]
    return _SCALES[re.sub(r"[\s.-]", "", scale).lower()] if scale else 1


def _decimal(digits: str) -> Fraction:
    """ "1,200.50", "1.200,50", "1 200" and "1,5" in the only way that each can be read.

    "1.200" is read as 1.2, and "1,200" as 1200: the English way.
    """
    plain = re.sub(r"[\s\u00a0\u2009\u202f]", "", digits)
    if "." in plain and plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    return Fraction(plain.replace(",", "."))


def _fraction(text: str) -> Fraction:
    if text[-1] in _VULGAR:
        return Fraction(text[:-1] or "0") + _VULGAR[text[-1]]
    whole, _, part = text.rpartition(" ")
    return Fraction(whole or "0") + Fraction(part)


def _spelled(words: str) -> Fraction:
    """ "one hundred and fifty thousand" → 150000."""
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word in {"hundred", "dozen"}:
            current = max(current, 1) * _SCALES[word]
        elif word in _SCALES and len(word) > 2:
            total += max(current, 1) * _SCALES[word]
            current = 0
        elif word != "a":
            current += _SMALL.get(word, 0)
    return Fraction(total + current)


def _unit_after(text: str, at: int) -> tuple[Unit | None, int]:
    """The unit of a number that ends at `at`, past adjectives, and where the unit ends."""
    position = at
    for distance in range(_MAX_ADJECTIVES + 1):
        for pattern, name in _UNITS_OF_TWO_WORDS:
            if match := pattern.match(text, position):
                return Unit(name, Fraction(1)), match.end()
        word = (_NEXT_WORD if distance else _AFTER).match(text, position)
        if word is None or word[1].lower() in _NOT_A_NOUN:
            break
        unit = find_unit(word[1].replace(" ", ""))
        if unit and not (distance and word[1].lower() in _SHORT_UNITS):
            return unit, word.end()
        position = word.end()
    return None, at


def _repeated_currency(text: str, at: int, unit: Unit | None) -> tuple[Unit | None, int]:
    """ "$5 USD" and "$5 dollars" name the currency twice; "$5 CAD" names it better."""
    match = _AFTER.match(text, at)
    again = find_unit(match[1]) if match else None
    return (again, match.end()) if match and again and again.name in CURRENCIES else (unit, at)


def _rate_after(text: str, at: int) -> tuple[str | None, int]:
    match = _RATE.match(text, at)
    rate = find_rate(match[1] or match[2]) if match else None
    return (rate, match.end()) if match and rate else (None, at)


def _is_counting(text: str, at: int) -> bool:
    word = _WORD_AFTER.match(text, at)
    return word is not None and len(word[1]) > 2 and word[1].lower() not in _NOT_A_NOUN


def _is_weak(match: re.Match[str], unit: Unit | None, text: str, end: int) -> bool:
    if match["article"] or match["half"]:
        return True
    if match["ordinal_word"]:
        is_rank = match["ordinal_word"].lower() in {"first", "second"}
        following = _WORD_AFTER.match(text, match.end())
        is_period = following is not None and find_rate(following[1]) is not None
        return is_rank and not is_period
    return (match["words"] or "").lower() == "one" and unit is None


def _share_units(values: list[QuantityValue], text: str) -> list[QuantityValue]:
    """Give both ends of a range or a list the unit, and the scale, that only one of them has."""
    shared = list(values)
    is_in_list = False
    for index in range(len(shared) - 2, -1, -1):
        left, right = shared[index], shared[index + 1]
        # "4, 5 and 6 weeks", but not "in Form 12, 5 days".
        is_in_list = (
            left.unit is None
            and right.unit is not None
            and (
                _connects(_CONNECTION, text, left, right)
                or (is_in_list and _connects(_COMMA, text, left, right))
            )
        )
        if is_in_list:
            left = _with_unit_of(left, right)
        if left.unit == right.unit and _connects(_RANGE, text, left, right):
            left = _scaled_like(left, right)
        shared[index] = left
    for index in range(1, len(shared)):
        left, right = shared[index - 1], shared[index]
        is_money = left.unit in CURRENCIES and right.unit is None
        if is_money and _connects(_RANGE, text, left, right):
            shared[index - 1] = _scaled_like(left, right)
            shared[index] = _with_unit_of(right, left)
    return shared


def _connects(
    pattern: re.Pattern[str], text: str, left: QuantityValue, right: QuantityValue
) -> bool:
    is_ranked = ORDINAL in {left.unit, right.unit}
    return not is_ranked and pattern.fullmatch(text, left.end, right.start) is not None


def _with_unit_of(value: QuantityValue, model: QuantityValue) -> QuantityValue:
    factor = model.amount / model.number if model.number else Fraction(1)
    return replace(
        value,
        unit=model.unit,
        amount=value.number * factor,
        rate=model.rate,
        is_counting=False,
        is_weak=False,
    )


def _scaled_like(value: QuantityValue, model: QuantityValue) -> QuantityValue:
    """ "$1-2 million": the first is in millions as well. In "$500-1 million" it is not."""
    if value.scale != 1 or model.scale == 1 or value.number >= model.number / model.scale:
        return value
    return replace(
        value,
        number=value.number * model.scale,
        amount=value.amount * model.scale,
        scale=model.scale,
    )
