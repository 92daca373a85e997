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
