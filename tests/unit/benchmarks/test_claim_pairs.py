"""The rules that make claims a text does not support, and the pairs that follow from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.claim_pairs import swaps
from benchmarks.claim_pairs.made import make_pairs
from benchmarks.claim_pairs.negations import negations
from benchmarks.claim_pairs.pages import iter_pages
from benchmarks.claim_pairs.pair import split_of
from benchmarks.claim_pairs.pairs import load_pairs
from benchmarks.claim_pairs.results import check_all, rates
from benchmarks.claim_pairs.reworded import iter_reworded
from benchmarks.claim_pairs.written import iter_written
from core.blobs import FsspecTextStore
from serving.checking.checker import CitationChecker
from serving.checking.contract import Verdict
from serving.checking.numbers import NumbersCheck

_COMPANY = Path("examples/company")


@pytest.mark.parametrize(
    ("swap", "text"),
    [
        (swaps.numbers, "You can request 80 hours or less of leave."),
        (swaps.numbers, "Reply within three business days."),
        (swaps.numbers, "Errors above 2% are reported."),
        (swaps.amounts, "Up to $1,500 may be spent."),
        (swaps.amounts, "The fare is $0.25 with a transfer."),
        (swaps.dates, "The form is due by October 17."),
        (swaps.dates, "Badges are made every Wednesday."),
        (swaps.dates, "It was founded in 2014."),
        (swaps.units, "Apply within 30 days of joining."),
        (swaps.names, "Send the request in Slack."),
    ],
)
def test_a_swap_changes_one_word_and_nothing_else(swap: swaps.Swap, text: str) -> None:
    changed = list(swap(text))
    assert changed
    for claim in changed:
        pairs = zip(text.split(), claim.split(), strict=True)
        assert sum(before != after for before, after in pairs) == 1


@pytest.mark.parametrize(
    ("swap", "text"),
    [
        (swaps.numbers, "Fill in Form 87 and read section 508."),
        (swaps.units, "One day a visitor came."),
        (swaps.names, "The Slack Enterprise Grid is approved."),
        (swaps.modality, "The wait may be long."),
        (swaps.modality, "You can’t share it."),
        (swaps.modality, "Reply as soon as you can."),
        (swaps.modality, "You must ask, and they must answer."),
    ],
)
def test_what_could_stay_true_is_not_swapped(swap: swaps.Swap, text: str) -> None:
    assert list(swap(text)) == []


def test_a_day_with_its_ending_keeps_it() -> None:
    assert all(" 25th" in claim for claim in swaps.dates("It began on January 25th."))


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("You must wear a badge.", "You may wear a badge."),
        ("Employees may work abroad.", "Employees must work abroad."),
        ("You should ask first.", "You can ask first."),
        ("Staff can book a room.", "Staff should book a room."),
    ],
)
def test_modality_is_turned_round(text: str, changed: str) -> None:
    assert list(swaps.modality(text)) == [changed]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("Veterans can receive credit.", "Veterans cannot receive credit."),
        ("The form is signed by hand.", "The form is not signed by hand."),
        ("You must not share the code.", "You must share the code."),
        ("You cannot edit the file.", "You can edit the file."),
        ("It isn’t approved for use.", "It is approved for use."),
        ("Do not turn off the computer.", "Turn off the computer."),
        ("Submit the form in person.", "Do not submit the form in person."),
    ],
)
def test_a_sentence_is_denied_in_grammatical_english(text: str, changed: str) -> None:
    assert list(negations(text)) == [changed]


@pytest.mark.parametrize(
    "text",
    [
        "If the form is late, tell your manager.",
        "All employees must wear a badge.",
        "The tool that you use is approved.",
        "You can only use the first one.",
        "There is a canteen.",
    ],
)
def test_where_a_not_would_be_doubtful_nothing_is_denied(text: str) -> None:
    assert list(negations(text)) == []


def test_the_same_pages_give_the_same_pairs_with_ids_of_their_own() -> None:
    pairs = make_pairs(list(iter_pages(_COMPANY)))
    assert pairs == make_pairs(list(iter_pages(_COMPANY)))
    assert len({pair.id for pair in pairs}) == len(pairs)
    assert {"verbatim", "number_swap", "negation", "wrong_passage_same_page"} <= {
        pair.kind for pair in pairs
    }


def test_quotes_are_exact_and_of_documents_of_one_split() -> None:
    pages = {page.path: page for page in iter_pages(_COMPANY)}
    for pair in make_pairs(list(pages.values())):
        assert all(quote.text in pages[quote.document].text for quote in pair.quotes)
        assert {split_of(quote.document) for quote in pair.quotes} == {pair.split}
        assert pair.quotes[0].text in pair.context


def test_only_verbatim_pairs_say_what_their_quote_says() -> None:
    for pair in make_pairs(list(iter_pages(_COMPANY))):
        quoted = {" ".join(quote.text.split()) for quote in pair.quotes}
        assert (pair.claim in quoted) == (pair.kind == "verbatim")


def test_no_claim_stands_in_both_splits(tmp_path: Path) -> None:
    names = [f"{number}.md" for number in range(20)]
    assert {split_of(name) for name in names} == {"train", "test"}
    for name in names:
        (tmp_path / name).write_text("Every visitor has to wear a badge inside the building.\n")
    assert len(make_pairs(list(iter_pages(tmp_path)))) == 1


def test_written_pairs_hold_enough_of_every_kind() -> None:
    pairs = list(iter_written())
    kinds = Counter(pair.kind for pair in pairs)
    assert kinds["paraphrase"] >= 150
    assert kinds["summary"] >= 30
    assert kinds["absent_fact"] >= 80
    assert kinds["subject_mismatch"] >= 40
    assert all(pair.claim != pair.quotes[0].text for pair in pairs)


def test_a_reworded_claim_differs_from_its_paraphrase_in_what_its_quote_does_not_hold() -> None:
    written = {pair.id: pair for pair in iter_written()}
    reworded = list(iter_reworded(written.values()))
    assert {pair.kind for pair in reworded} == {
        "reworded_value_swap",
        "reworded_name_swap",
        "reworded_modality",
        "reworded_negation",
    }
    for pair in reworded:
        source = written[pair.id.removesuffix(pair.kind.removeprefix("reworded_")).rstrip("-")]
        assert pair.quotes == source.quotes
        assert pair.claim != source.claim
        assert not pair.is_supported
        if pair.kind.endswith("swap"):
            new = set(pair.claim.split()) - set(source.claim.split())
            assert not new & {word for quote in pair.quotes for word in quote.text.split()}


def test_a_written_pair_whose_page_changed_is_refused(tmp_path: Path) -> None:
    document = next(iter_written()).quotes[0].document
    page = tmp_path / document
    page.parent.mkdir(parents=True)
    page.write_text("Something else is said here now.\n")
    with pytest.raises(ValueError, match="not in"):
        load_pairs(tmp_path)


def test_rates_tell_what_passes_from_what_is_caught(tmp_path: Path) -> None:
    wanted = ("verbatim", "number_swap", "wrong_passage_same_page")
    pairs = [pair for pair in make_pairs(list(iter_pages(_COMPANY))) if pair.kind in wanted]
    results = check_all(pairs, CitationChecker([NumbersCheck()]), store=FsspecTextStore(tmp_path))
    by_kind = {
        kind: rates([result for result in results if result.pair.kind == kind]) for kind in wanted
    }
    assert by_kind["verbatim"].passed == 1.0
    assert by_kind["verbatim"].caught is None
    assert by_kind["number_swap"].caught == 1.0
    # Numbers alone do not tell that a passage is about something else.
    missed = [r for r in results if r.checked.verdict is Verdict.SUPPORTED and not r.is_right]
    assert missed
    assert rates(results).balanced_accuracy == pytest.approx(
        (1.0 + (rates(results).caught or 0.0)) / 2
    )
