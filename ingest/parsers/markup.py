"""An HTML tree to blocks. HTML, Markdown (rendered), EPUB chapters and mail bodies all pass here.

Not unstructured's `partition_html`: it flattens nested lists, drops table rows into one line of
text, and asks a part-of-speech tagger whether a paragraph is a title, where the tags say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ingest.parsers.contract import Block, BlockKind, ParseError
from ingest.parsers.tables import drop_empty_columns, header_rows_of, table_block

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = Any

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset(
    {"script", "style", "noscript", "template", "head", "title", "meta", "link", "svg", "math"}
    | {"iframe", "object", "embed", "canvas", "audio", "video", "map", "select", "datalist"}
    | {"textarea", "input", "nav"}
)
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd"}
    | {"details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer"}
    | {"form", "header", "hgroup", "hr", "html", "legend", "main", "menu", "p", "section"}
    | {"summary", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
# NUL cannot occur in the text: `parse_html` takes it out.
_BREAK = "\x00"
_BREAKS = re.compile(r"\x00\s*\x00[\s\x00]*")
# A no-break space collapses with the others: HTML mails are full of them.
_BLANKS = re.compile(r"\s+")
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# libxml2 accepts deeper trees than Python can recurse into.
_MAX_DEPTH = 150
_MAX_SPAN = 100


def parse_html(text: str) -> Element | None:
    """The tree of an HTML document or fragment; None where there is nothing in it.

    Raises ParseError if it is nested more deeply than the HTML parser follows.
    """
    from lxml import etree

    # As UTF-8 whatever the document declares: `text` has been decoded already.
    # Without huge_tree, what is nested more than 256 deep is dropped; with it, 2,048.
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    data = text.replace("\x00", "").encode("utf-8", errors="replace")
    try:
        root = etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError:
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ParseError("Its elements are nested too deeply to be read whole.")
    return root


def blocks_of(root: Element, *, page: int | None = None) -> list[Block]:
    """The blocks below `root` in document order, hidden parts and navigation left out."""
    walker = _Walker(page)
    walker.walk(root, depth=0)
    walker.flush()
    return walker.blocks


class _Walker:
    """Collects inline text until a block boundary, then emits it as what surrounds it."""

    def __init__(self, page: int | None) -> None:
        self.blocks: list[Block] = []
        self._page = page
        self._inline: list[str] = []
        self._list_depth = 0
        # Index in `blocks` of the current list item, while only its own text has followed.
        self._open_item: int | None = None
        self._in_item = False

    def flush(self) -> None:
        """End the current block. Two line breaks in a row part paragraphs, as a blank line does."""
        text = "".join(self._inline)
        self._inline.clear()
        for paragraph in _BREAKS.split(text):
            if collapsed := _collapse(paragraph):
                self._emit_text(collapsed)

    def _emit_text(self, text: str) -> None:
        if (
            self._in_item
            and self._open_item is not None
            and self._open_item == len(self.blocks) - 1
        ):
            item = self.blocks[self._open_item]
            self.blocks[self._open_item] = self._block(
                BlockKind.LIST_ITEM, f"{item.text}\n{text}", level=item.level
            )
        elif self._in_item:
            self._open_item = len(self.blocks)
            self._emit(BlockKind.LIST_ITEM, text, level=self._list_depth)
        else:
            self._emit(BlockKind.PARAGRAPH, text)

    def walk(self, element: Element, *, depth: int) -> None:
        """Read the element's inside; its tail belongs to the caller."""
        tag = element.tag
        if not isinstance(tag, str):
            return
        tag = tag.rpartition("}")[2].lower()
        if tag in _SKIPPED or _is_hidden(element):
            return
        if depth > _MAX_DEPTH:
            self._inline.append(" ".join(element.itertext()))
        elif tag in _HEADINGS:
            self._heading(element, level=_HEADINGS[tag])
        elif tag == "table":
            self._table(element, depth=depth)
        elif tag == "pre":
            self.flush()
            self._emit(BlockKind.CODE, "".join(_in_order(element)))
        elif tag in _LISTS:
            self._list(element, depth=depth)
        elif tag == "li":
            self._item(element, depth=depth)
        elif tag in _BLOCKS:
            self.flush()
            self._children(element, depth=depth)
            self.flush()
        else:
            self._inline_element(element, tag, depth=depth)

    def _children(self, element: Element, *, depth: int) -> None:
        self._inline.append(element.text or "")
        for child in element:
            self.walk(child, depth=depth + 1)
            self._inline.append(child.tail or "")

    def _inline_element(self, element: Element, tag: str, *, depth: int) -> None:
        if tag == "br":
            self._inline.append(_BREAK)
        elif tag in {"img", "area"}:
            self._inline.append(f" {element.get('alt', '')} ")
        elif tag == "a":
            mark = len(self._inline)
            self._children(element, depth=depth)
            address = _address(element.get("href", ""))
            if address and address.lower() not in "".join(self._inline[mark:]).lower():
                self._inline.append(f" ({address})")
        elif tag == "q":
            self._inline.append("“")
            self._children(element, depth=depth)
            self._inline.append("”")
        else:
            self._children(element, depth=depth)

    def _heading(self, element: Element, *, level: int) -> None:
        self.flush()
        text = text_of_inside(element)
        if text:
            self._emit(BlockKind.HEADING, text, level=level)

    def _list(self, element: Element, *, depth: int) -> None:
        self.flush()
        outer, self._in_item = self._in_item, False
        self._list_depth += 1
        self._children(element, depth=depth)
        self.flush()
        self._list_depth -= 1
        self._in_item = outer

    def _item(self, element: Element, *, depth: int) -> None:
        self.flush()
        outer = (self._in_item, self._open_item, self._list_depth)
        self._in_item, self._open_item = True, None
        self._list_depth = max(self._list_depth, 1)
        self._children(element, depth=depth)
        self.flush()
        self._in_item, self._open_item, self._list_depth = outer

    def _table(self, element: Element, *, depth: int) -> None:
        self.flush()
        rows, header_rows = _read_table(element)
        columns = max((len(row) for row in rows), default=0)
        if columns < 2 or next(_nested(element, "table"), None) is not None:
            # One column, or tables within the table: it lays out the page, and is no data.
            self._children(element, depth=depth)
            self.flush()
            return
        for caption in _nested(element, "caption"):
            self._emit(BlockKind.PARAGRAPH, text_of_inside(caption))
        block = table_block(rows, header_rows=header_rows, page=self._page)
        if block is not None:
            self.blocks.append(block)

    def _emit(self, kind: BlockKind, text: str, *, level: int = 0) -> None:
        if text.strip():
            self.blocks.append(self._block(kind, text, level=level))

    def _block(self, kind: BlockKind, text: str, *, level: int) -> Block:
        return Block(kind=kind, text=text, level=level, page=self._page)


def text_of_inside(element: Element) -> str:
    """The text of an element's children on one line, whatever the element itself is."""
    walker = _Walker(None)
    walker._children(element, depth=0)
    walker.flush()
    return " ".join(" ".join(block.text.split()) for block in walker.blocks)


def _collapse(text: str) -> str:
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split(_BREAK))
    return "\n".join(line for line in lines if line)


def _in_order(element: Element) -> Iterator[str]:
    """Every piece of text inside, blanks as they are, `br` as line breaks."""
    from lxml.etree import iterwalk

    for event, node in iterwalk(element, events=("start", "end")):
        if event == "start":
            yield "\n" if node.tag == "br" else (node.text or "")
        elif node is not element:
            yield node.tail or ""


def _is_hidden(element: Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("role") == "navigation"
        or bool(_HIDDEN_STYLE.search(element.get("style", "")))
    )


def _address(href: str) -> str:
    scheme, _, rest = href.strip().partition(":")
    if scheme.lower() not in {"mailto", "tel"}:
        return ""
    return unquote(rest.partition("?")[0]).strip()


def _nested(element: Element, tag: str) -> Iterator[Element]:
    return (node for node in element.iter(tag) if node is not element)


def _read_table(table: Element) -> tuple[list[list[str]], int]:
    """The table's grid, and how many of its first rows are header rows.

    A cell that spans rows is repeated in each: a row must be readable alone. One that spans
    columns is written once and leaves empty cells, so that columns stay aligned.
    """
    rows: list[list[str]] = []
    header_rows = 0
    spans: dict[int, tuple[int, str]] = {}
    for tr in table.iter("tr"):
        row: list[str] = []
        cells = [cell for cell in tr if cell.tag in {"td", "th"}]
        for cell in cells:
            _fill_spans(row, spans)
            text = text_of_inside(cell)
            columns, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for offset in range(columns):
                value = text if offset == 0 else ""
                if down > 1:
                    spans[len(row)] = (down - 1, value)
                row.append(value)
        _fill_spans(row, spans)
        in_head = bool(cells) and all(cell.tag == "th" for cell in cells)
        parent = tr.getparent()
        in_head = in_head or (parent is not None and parent.tag == "thead")
        if not any(row):
            continue
        if in_head and header_rows == len(rows):
            header_rows += 1
        rows.append(row)
    rows = drop_empty_columns(rows)
    if header_rows == len(rows):
        header_rows = 0
    return rows, header_rows or header_rows_of(rows)


def _fill_spans(row: list[str], spans: dict[int, tuple[int, str]]) -> None:
    while len(row) in spans:
        column = len(row)
        left, value = spans[column]
        row.append(value)
        if left > 1:
            spans[column] = (left - 1, value)
        else:
            del spans[column]


def _span(cell: Element, name: str) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() else 1
