"""Markdown: rendered to HTML by markdown-it, then read like HTML, so that raw HTML fits in."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from ingest.parsers.contract import Block, BlockKind, ParsedDocument, parsed_or_no_text
from ingest.parsers.encoding import read_text
from ingest.parsers.markup import blocks_of, parse_html

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.S | re.M)
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_HTML_TAGS = frozenset(
    {"a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "blockquote", "br", "button"}
    | {"caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div"}
    | {"dl", "dt", "em", "fieldset", "figcaption", "figure", "font", "footer", "form", "h1", "h2"}
    | {"h3", "h4", "h5", "h6", "header", "hr", "i", "iframe", "img", "input", "ins", "kbd", "label"}
    | {"legend", "li", "link", "main", "map", "mark", "menu", "meta", "nav", "noscript", "object"}
    | {"ol", "option", "p", "picture", "pre", "q", "s", "samp", "script", "section", "select"}
    | {"small", "source", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg"}
    | {"table", "tbody", "td", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "tt"}
    | {"u", "ul", "var", "video", "wbr"}
)


class MarkdownParser:
    """CommonMark with tables and strikethrough. Template tags stay in the text as they are."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mdx"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"text/markdown", "text/x-markdown"})

    def parse(self, path: Path) -> ParsedDocument:
        text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
        title, body = _split_front_matter(text)
        root = parse_html(_renderer().render(body))
        blocks = blocks_of(root) if root is not None else []
        return parsed_or_no_text(title or _first_heading(blocks), blocks)


def _split_front_matter(text: str) -> tuple[str | None, str]:
    match = _FRONT_MATTER.match(text)
    if match is None:
        return None, text
    import yaml

    try:
        fields = yaml.safe_load(match[1])
    except yaml.YAMLError:
        # Templates put unquoted braces in front matter; the title's line is often still whole.
        line = re.search(r"^title:[^\S\n]*(.+)$", match[1], re.M)
        fields = {"title": line[1].strip().strip("\"'")} if line else {}
    if not isinstance(fields, dict):
        return None, text
    title = fields.get("title")
    return (str(title) if isinstance(title, str | int | float) else None), text[match.end() :]


def _first_heading(blocks: Sequence[Block]) -> str | None:
    return next((b.text for b in blocks if b.kind is BlockKind.HEADING and b.level == 1), None)


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt, helpers

    class TextMarkdownIt(MarkdownIt):
        def validateLink(self, url: str) -> bool:  # noqa: N802  (markdown-it's name)
            return True  # Nobody follows the links: only their text is kept.

    def parse_link_destination(source: str, position: int, maximum: int) -> Any:
        # `[text]({% page "/x" %})` is no link in CommonMark, whose targets hold no blanks.
        if source.startswith(("{%", "{{"), position):
            end = source.find(")", position, maximum)
            if end > 0:
                result = helpers.parseLinkDestination(source, end, maximum)
                result.ok, result.pos, result.str = True, end, ""
                return result
        return helpers.parseLinkDestination(source, position, maximum)

    renderer = TextMarkdownIt("commonmark").enable(["table", "strikethrough"])
    renderer.helpers = SimpleNamespace(  # type: ignore[assignment]
        parseLinkDestination=parse_link_destination,
        parseLinkLabel=helpers.parseLinkLabel,
        parseLinkTitle=helpers.parseLinkTitle,
    )
    for rule in ("html_inline", "html_block"):
        renderer.add_render_rule(rule, _render_html)
    return renderer


def _render_html(self: Any, tokens: Sequence[Any], index: int, options: Any, env: Any) -> str:
    """Raw HTML as it is, but a placeholder such as `<your-name>` as the text that it is."""
    content: str = tokens[index].content
    name = _TAG_NAME.match(content.lstrip())
    if name is not None and name[1].lower() not in _HTML_TAGS:
        return html.escape(content)
    return content
