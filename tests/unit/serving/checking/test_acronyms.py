from __future__ import annotations

import pytest

from serving.checking.entailment.acronyms import resolved_words


@pytest.mark.parametrize(
    ("claim", "other", "words"),
    [
        ("The account manager drafts it.", "The AM drafts it.", ["account manager"]),
        ("The AM drafts it.", "The account manager drafts it.", ["AM"]),
        (
            "Ask the Office of the Chief Financial Officer.",
            "Ask the OCFO.",
            ["Office of the Chief Financial Officer"],
        ),
        ("Two statements of work are needed.", "Two SOWs are needed.", ["statements of work"]),
        ("The account needs a manager.", "The AM drafts it.", []),
        ("The AM drafts it.", "The AM drafts it.", []),
        ("Ask Ana.", "Ask Ben.", []),
    ],
)
def test_acronyms_stand_for_words_that_begin_with_their_letters(
    claim: str, other: str, words: list[str]
) -> None:
    assert [claim[start:end] for start, end in resolved_words(claim, [other])] == words
