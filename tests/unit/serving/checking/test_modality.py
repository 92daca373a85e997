"""What is required is not just allowed, and the other way round."""

from __future__ import annotations

import pytest

from serving.checking.contract import Verdict
from serving.checking.modality import ModalityCheck
from tests.unit.serving.checking.quotes import quotes


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Staff must book trains.", "Staff may book trains."),
        ("Staff may book trains.", "Staff must book trains."),
        ("Staff are required to book trains.", "Staff can book trains."),
        ("Staff should book trains.", "Staff have to book trains."),
        ("Trains are always booked by staff.", "Trains are usually booked by staff."),
        (
            "If it rains, staff must leave early, which is not a rule.",
            "If it rains, staff may leave early, which is not a rule.",
        ),
        ("A form must be required for the trip.", "A form may be required for the trip."),
    ],
)
def test_other_force_is_unsupported(claim: str, quote: str) -> None:
    assert ModalityCheck().check(claim, quotes(quote)).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Staff have to book trains.", "Staff must book trains."),
        ("Staff are allowed to book trains.", "Staff may book trains."),
        ("Staff book trains.", "Staff must book trains."),
        ("Staff must book trains.", "Staff book trains."),
        ("Staff don't have to book trains.", "Staff may book trains."),
        ("No one may book trains.", "Staff must not book trains."),
        ("Staff must book trains.", "Staff may swim. Staff must book trains."),
        ("Cats must sleep at night.", "Staff may book trains."),
        ("It is generally paid by staff.", "It is usually paid by staff."),
        ("Book trains as soon as you can, staff.", "Staff should book trains as soon as possible."),
    ],
)
def test_same_force_or_none_is_supported(claim: str, quote: str) -> None:
    assert ModalityCheck().check(claim, quotes(quote)).verdict is Verdict.SUPPORTED
