from __future__ import annotations

import pytest

from serving.answering.confidence import EvidenceSigns, read_signs


def _lacks(question: str, best: str) -> tuple[bool, bool]:
    signs = read_signs(question, similarities=[0.6], first=best.partition(".")[0], best=best)
    return signs.lacks_value, signs.names_another


@pytest.mark.parametrize(
    ("question", "best", "lacks_value", "names_another"),
    [
        ("How much does a seat cost?", "Mind the price per seat.", True, False),
        ("How much does a seat cost?", "A seat is 24 euros.", False, False),
        ("What percentage does the agency match?", "Contributions are matched.", True, False),
        ("When is the party?", "There is a party.", False, False),
        ("When are FY26 reviews due?", "FY25 reviews are due in June.", False, True),
        ("When are FY26 reviews due?", "FY25 ends; FY26 reviews are due in June.", False, False),
        ("When are FY26 reviews due?", "FY25 reviews are due. FY26 begins in May.", False, True),
        ("When did it open in 2024?", "It was built in 2023. It opened in May 2024.", False, False),
        ("What did we sell in 2024?", "In 2023 we sold 40 sensors.", False, True),
        ("What did we sell in 2024?", "We sold 40 sensors.", False, False),
        ("What does the R2 weigh?", "The C3 weighs 200 g.", False, False),
    ],
)
def test_what_an_answer_lacks(
    question: str, best: str, *, lacks_value: bool, names_another: bool
) -> None:
    assert _lacks(question, best) == (lacks_value, names_another)


def test_the_two_nearest_sentences_count() -> None:
    signs = read_signs(
        "Who leads the guild?",
        similarities=[0.2, 0.8, 0.6],
        first="Ana does.",
        best="Ana does.",
    )
    assert signs.similarity == pytest.approx(0.7)


def test_more_similar_is_more_sure_and_what_lacks_is_doubtful() -> None:
    sure = EvidenceSigns(similarity=0.7)
    assert sure.confidence > EvidenceSigns(similarity=0.5).confidence > 0.5
    lacking = (
        EvidenceSigns(similarity=0.7, lacks_value=True),
        EvidenceSigns(similarity=0.7, lacks_thing=True),
        EvidenceSigns(similarity=0.7, names_another=True),
    )
    assert EvidenceSigns(similarity=0.7, contrast=0.4).confidence < sure.confidence
    assert all(signs.confidence < 0.5 for signs in lacking)
