from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ingest.parsers.contract import Block, EncryptedDocument, NoTextFound, ParseError
from tests.unit.ingest.parsers.support import heading, item, paragraph, parse, table


class _Page:
    """Writes lines downwards from the top margin."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._y = 780.0

    def line(self, text: str, *, size: float = 11, font: str = "Helvetica", x: float = 72) -> None:
        self._canvas.setFont(font, size)
        self._canvas.drawString(x, self._y, text)
        self._y -= size * 1.25

    def row(self, *cells: str) -> None:
        self._canvas.setFont("Helvetica", 11)
        for column, cell in enumerate(cells):
            self._canvas.drawString(72 + 130 * column, self._y, cell)
        self._y -= 14

    def gap(self) -> None:
        self._y -= 14


def _canvas(path: Path, **options: object) -> Canvas:
    return Canvas(str(path), pagesize=A4, **options)


def _report(path: Path) -> None:
    canvas = _canvas(path)
    canvas.setTitle("Travel report")
    page = _Page(canvas)
    page.line("Travel in 2024", size=20)
    page.gap()
    page.line(
        "The company paid for 1,204 journeys by train, which is more than it ever paid for, in-"
    )
    page.line(
        "cluding the year of the move. Most of them went to Rome. The well-known rule that every"
    )
    page.line("journey needs approval still holds.")
    page.gap()
    page.line("Costs", size=15)
    page.gap()
    page.row("Kind", "Journeys", "Cost")
    page.row("Train", "1,204", "98,100")
    page.row("Plane", "310", "154,900")
    page.gap()
    page.line("• Book early, because prices rise and seats on the night trains are sold out")
    page.line("within days.")
    page.line("• Keep receipts.")
    page.gap()
    page.line("The next sentence begins on this page and does not end before", x=72)
    canvas.showPage()
    page = _Page(canvas)
    page.line("the second page. Then another one follows.")
    canvas.showPage()
    canvas.save()


def test_a_report_keeps_pages_headings_rows_and_sentences(tmp_path: Path) -> None:
    _report(tmp_path / "a.pdf")

    parsed = parse(tmp_path / "a.pdf")

    assert parsed.title == "Travel report"
    assert parsed.blocks == (
        heading("Travel in 2024", page=1),
        paragraph(
            "The company paid for 1,204 journeys by train, which is more than it ever paid for, "
            "including the year of the move. Most of them went to Rome. The well-known rule that "
            "every journey needs approval still holds.",
            page=1,
        ),
        heading("Costs", 2, page=1),
        table("Kind | Journeys | Cost", "Train | 1,204 | 98,100", "Plane | 310 | 154,900", page=1),
        item(
            "Book early, because prices rise and seats on the night trains are sold out within "
            "days.",
            page=1,
        ),
        item("Keep receipts.", page=1),
        paragraph(
            "The next sentence begins on this page and does not end before the second page.",
            page=1,
        ),
        paragraph("Then another one follows.", page=2),
    )


def test_bold_lines_above_text_are_headings(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    page = _Page(canvas)
    page.line("Eligibility", font="Helvetica-Bold")
    page.line("Everybody who has worked here for a year may apply for it at any time.")
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        heading("Eligibility", page=1),
        paragraph("Everybody who has worked here for a year may apply for it at any time.", page=1),
    )


def test_running_titles_and_page_numbers_are_said_once(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    for number in range(1, 6):
        page = _Page(canvas)
        page.line("Acme handbook, edition 7")
        page.gap()
        for word in ("First", "Second", "Third", "Fourth"):
            page.line(f"{word} line of the {number * 'very '}text.")
        page.gap()
        page.line(f"Page {number} of 5")
        canvas.showPage()
    canvas.save()

    texts = [block.text for block in parse(tmp_path / "a.pdf").blocks]

    assert texts.count("Acme handbook, edition 7") == 1
    assert not any("of 5" in text for text in texts)
    assert len([text for text in texts if "Third line" in text]) == 5


def test_a_wrapped_cell_stays_in_its_row(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    page = _Page(canvas)
    page.row("Goal", "Statement")
    page.row("Hire", "the most talented people")
    page.row("Honour", "those who stay with us for")
    page.line("a long time", x=202)
    page.row("Repeat", "every year")
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        table(
            "Goal | Statement",
            "Hire | the most talented people",
            "Honour | those who stay with us for a long time",
            "Repeat | every year",
            page=1,
        ),
    )


def _cell(canvas: Canvas, x: float, y: float, *lines: str, font: str = "Helvetica") -> None:
    """A cell as table tools write it: all of its lines, then the next cell."""
    canvas.setFont(font, 9)
    for number, line in enumerate(lines):
        canvas.drawString(x, y - 10.8 * number, line)


def test_column_names_of_several_lines_are_one_row(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    _cell(
        canvas,
        72,
        740,
        "Measured every year and set against the plan of the year before, as usual.",
    )
    for x, year in ((72, "2021"), (172, "2022"), (272, "2023")):
        _cell(canvas, x, 700, f"FY {year}", "Results", font="Helvetica-Bold")
    for x, share in ((72, "91%"), (172, "83%"), (272, "100%")):
        _cell(canvas, x, 675, share)
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        paragraph(
            "Measured every year and set against the plan of the year before, as usual.", page=1
        ),
        table("FY 2021 Results | FY 2022 Results | FY 2023 Results", "91% | 83% | 100%", page=1),
    )


def test_a_label_of_several_lines_stays_with_the_figures_beside_it(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    for x, name in ((72, "Measure"), (272, "Target"), (372, "Result")):
        _cell(canvas, x, 700, name, font="Helvetica-Bold")
    _cell(canvas, 72, 675, "Share of claims", "that were paid", "within thirty days")
    for x, figure in ((272, "90%"), (372, "98%")):
        _cell(canvas, x, 664.2, figure)
    _cell(canvas, 72, 630, "Days until a claim", "is paid")
    for x, figure in ((272, "10"), (372, "3.9")):
        _cell(canvas, x, 619.2, figure)
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        table(
            "Measure | Target | Result",
            "Share of claims that were paid within thirty days | 90% | 98%",
            "Days until a claim is paid | 10 | 3.9",
            page=1,
        ),
    )


def test_cells_that_come_column_by_column_are_rows(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    for x, name in ((72, "Kind"), (172, "Start"), (272, "End"), (372, "Number")):
        _cell(canvas, x, 700, name)
    for x, values in (
        (72, ("Target", "Target")),
        (172, ("2020-10-01", "2021-10-01")),
        (272, ("2021-09-30", "2022-09-30")),
        (372, ("56,000", "70,000")),
    ):
        _cell(canvas, x, 685, values[0])
        _cell(canvas, x, 670, values[1])
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        table(
            "Kind | Start | End | Number",
            "Target | 2020-10-01 | 2021-09-30 | 56,000",
            "Target | 2021-10-01 | 2022-09-30 | 70,000",
            page=1,
        ),
    )


def test_a_section_name_within_a_table_is_a_row_of_its_own(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    page = _Page(canvas)
    for cells in (
        ("System", "Grade 3", "Grade 4"),
        ("Digestive system",),
        ("Nausea", "25", "0"),
        ("Vomiting", "111", "7"),
        ("Blood",),
        ("Anaemia", "15", "1"),
    ):
        page.row(*cells)
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        table(
            "System | Grade 3 | Grade 4",
            "Digestive system",
            "Nausea | 25 | 0",
            "Vomiting | 111 | 7",
            "Blood",
            "Anaemia | 15 | 1",
            page=1,
        ),
    )


def test_a_table_below_another_has_its_own_column_names(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    for top, names, figures in (
        (700, ("Culture", "2022", "2023"), ("Rome office", "59.4", "60.1")),
        (670, ("Engagement", "2022", "2023"), ("Oslo office", "70.7", "72.0")),
    ):
        for x, name in zip((72, 172, 272), names, strict=True):
            _cell(canvas, x, top, name, font="Helvetica-Bold")
        for x, figure in zip((72, 172, 272), figures, strict=True):
            _cell(canvas, x, top - 15, figure)
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        table("Culture | 2022 | 2023", "Rome office | 59.4 | 60.1", page=1),
        table("Engagement | 2022 | 2023", "Oslo office | 70.7 | 72.0", page=1),
    )


def test_running_text_beside_a_row_stays_text(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    page = _Page(canvas)
    page.row("Kind", "Journeys", "Cost")
    page.row("Train", "1,204", "98,100")
    page.line("Journeys of less than two hours are not counted in any of these figures, nor are")
    page.line("those that were cancelled.")
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        table("Kind | Journeys | Cost", "Train | 1,204 | 98,100", page=1),
        paragraph(
            "Journeys of less than two hours are not counted in any of these figures, nor are "
            "those that were cancelled.",
            page=1,
        ),
    )


def test_marks_too_small_to_be_seen_are_not_read(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    page = _Page(canvas)
    page.line("The plan was published in June.")
    page.line("_7d25b46e-f696-11ec-8837-fa360d83ea00", size=1)
    canvas.save()

    assert parse(tmp_path / "a.pdf").blocks == (
        paragraph("The plan was published in June.", page=1),
    )


def test_a_password_is_reported(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf", encrypt=StandardEncryption("secret", canPrint=0))
    canvas.drawString(72, 700, "Hidden")
    canvas.save()

    with pytest.raises(EncryptedDocument, match="password"):
        parse(tmp_path / "a.pdf")


def test_pages_without_text_are_said_to_be_images(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    canvas.rect(10, 10, 100, 100, fill=1)
    canvas.showPage()
    canvas.save()

    with pytest.raises(NoTextFound, match=r"1 pages? .*character recognition") as caught:
        parse(tmp_path / "a.pdf")
    assert caught.value.data == {"pages": 1}


@pytest.mark.parametrize("share", [0.05, 0.4, 0.7])
def test_a_truncated_file_is_a_parse_error_or_what_could_be_saved(
    tmp_path: Path, share: float
) -> None:
    _report(tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    (tmp_path / "a.pdf").write_bytes(data[: int(len(data) * share)])

    with pytest.raises(ParseError):
        parse(tmp_path / "a.pdf")


def test_another_kind_of_file_is_a_parse_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"<html>Not found</html>")

    with pytest.raises(ParseError, match="not a whole PDF"):
        parse(tmp_path / "a.pdf")


def _texts(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks]


def test_a_title_that_is_a_file_name_is_none(tmp_path: Path) -> None:
    canvas = _canvas(tmp_path / "a.pdf")
    canvas.setTitle("Microsoft Word - final_v2.doc")
    canvas.drawString(72, 700, "Just a line.")
    canvas.save()

    parsed = parse(tmp_path / "a.pdf")

    assert parsed.title is None
    assert _texts(parsed.blocks) == ["Just a line."]
