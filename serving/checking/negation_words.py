"""The words that decide polarity, as tables. English."""

from __future__ import annotations

from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATIONS = _words(
    "not never no none nobody nothing neither nowhere without unable hardly barely scarcely avoid "
    "avoids refrain refrains prohibit prohibits prohibited prohibition prohibitions forbid forbids "
    "forbidden ban bans banned disallow disallows disallowed bar barred lack lacks lacking"
)
# "neither … nor" and "not … nor" deny once.
OPENED_BY = frozenset({"not", "no", "neither", "never", "none"})

SYNONYMS = MappingProxyType(
    dict.fromkeys(
        _words(
            "required requires requiring requirement requirements mandatory compulsory obligatory "
            "necessary need needs needed must"
        ),
        "require",
    )
    | dict.fromkeys(_words("just merely"), "only")
    | dict.fromkeys(_words("allowed allows permit permits permitted may can"), "allow")
)
TWINS = MappingProxyType(
    {
        f"{prefix}{base}": SYNONYMS.get(base, base)
        for prefix, bases in {
            "un": "acceptable affected approved assigned authorised authorized available aware "
            "certain changed classified clear common encrypted enforceable expected fair familiar "
            "happy important insured known lawful likely limited managed necessary official "
            "paid planned protected published qualified related reliable required restricted safe "
            "scheduled secure signed sold stable structured successful suitable sure supported "
            "supervised taxed tested trusted used usual verified wanted",
            "non": "binding billable commercial compliant confidential employee essential exempt "
            "federal negotiable paid permanent profit public refundable reimbursable required "
            "residential sensitive standard taxable technical transferable working",
            "in": "accurate active adequate applicable appropriate complete consistent correct "
            "direct eligible frequent secure sufficient valid visible voluntary",
            "im": "permissible possible proper",
            "il": "legal legible",
            "ir": "regular relevant responsible reversible revocable",
            "dis": "abled agree approved continued enabled honest qualified similar",
            "de": "activated",
        }.items()
        for base in _words(bases)
    }
    | {"optional": "require", "unonly": "only", "disabled": "enabled", "illegible": "legible"}
)
BASES = frozenset(TWINS.values())
# No stems: they say too little to align two clauses by. "must" and "may" are kept out as well.
IDLE = _words(
    "a about above after again all also am an and any anyone are as at be because been before "
    "being below between both but by can could did do does doing down during each either else "
    "every everyone few for from further get gets had has have having he her here him his how i if "
    "in into is it its just like made make makes may me might more most must my nor not of off on "
    "once one only or other our out over own please shall she should so some such than that the "
    "their them then there these they this those through to too under until up us very was we were "
    "what when where whether which while who whom whose why will with would you your yours s t ll "
    "re ve d m unonly merely no never none nobody nothing neither nowhere without"
)
