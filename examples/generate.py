"""Build the binary example documents from the plain text under `_content/`.

    python examples/generate.py

`_content/products/guide.epub.md` becomes `company/products/guide.epub`: the suffix before `.md`
chooses the writer. Dates and ids are fixed, so running it twice writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from _blocks import Block, parse
from _mail import write_eml
from _office import write_docx, write_pptx, write_xlsx
from _pages import write_epub, write_pdf, write_scan

HERE = Path(__file__).parent
CONTENT = HERE / "_content"
COMPANY = HERE / "company"
SCANS = {"products/calibration-certificate.pdf"}
"""Drawn as a picture of a page, without a text layer."""

WRITERS: dict[str, Callable[[list[Block], Path], None]] = {
    ".docx": write_docx,
    ".pptx": write_pptx,
    ".xlsx": write_xlsx,
    ".pdf": write_pdf,
    ".epub": write_epub,
}


def build(source: Path) -> Path:
    """Write the document that one content file describes and return its path."""
    relative = source.relative_to(CONTENT).with_suffix("")
    target = COMPANY / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    if relative.suffix == ".eml":
        write_eml(text, target)
    elif relative.as_posix() in SCANS:
        write_scan(parse(text), target)
    else:
        WRITERS[relative.suffix](parse(text), target)
    return target


def main() -> None:
    for source in sorted(CONTENT.rglob("*.md")):
        target = build(source)
        print(f"{target.relative_to(HERE)}  {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
