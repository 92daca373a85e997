"""EPUB books: the chapters' XHTML in reading order.

Not unstructured's `partition_epub`: it goes through pandoc and a part-of-speech tagger, and took
14 s for a book that takes this 0.1 s.
"""

from __future__ import annotations

import posixpath
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from ingest.parsers.contract import Block, EncryptedDocument, ParsedDocument, parsed_or_no_text
from ingest.parsers.html import decode_html
from ingest.parsers.markup import blocks_of, parse_html
from ingest.parsers.zips import check_zip, damaged, parse_xml, read_member

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
else:
    Element = Any

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_SAVED_AS = ".epub"


class EpubParser:
    suffixes: ClassVar[frozenset[str]] = frozenset({".epub"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/epub+zip"})

    def parse(self, path: Path) -> ParsedDocument:
        check_zip(path, saved_as=_SAVED_AS)
        with zipfile.ZipFile(path) as archive:
            if _ENCRYPTION in archive.namelist():
                _refuse_locked(read_member(archive, _ENCRYPTION, saved_as=_SAVED_AS))
            package_name = _package_name(read_member(archive, _CONTAINER, saved_as=_SAVED_AS))
            package = _xml(read_member(archive, package_name, saved_as=_SAVED_AS))
            blocks: list[Block] = []
            for href in _spine(package):
                name = posixpath.normpath(posixpath.join(posixpath.dirname(package_name), href))
                page = read_member(archive, name, saved_as=_SAVED_AS)
                root = parse_html(decode_html(page))
                body = root.find(".//body") if root is not None else None
                if body is not None:
                    blocks.extend(blocks_of(body))
        title = package.findtext(".//{*}metadata/{*}title")
        return parsed_or_no_text(title, blocks)


def _xml(data: bytes) -> Element:
    root = parse_xml(data, recover=True)
    if root is None:
        raise damaged(_SAVED_AS)
    return root


def _package_name(container: bytes) -> str:
    rootfile = _xml(container).find(".//{*}rootfile")
    name = rootfile.get("full-path") if rootfile is not None else None
    if not name:
        raise damaged(_SAVED_AS)
    return str(name)


def _spine(package: Element) -> list[str]:
    items = {
        item.get("id"): unquote(item.get("href", ""))
        for item in package.iterfind(".//{*}manifest/{*}item")
        if "html" in item.get("media-type", "")
    }
    references = package.iterfind(".//{*}spine/{*}itemref")
    return [items[ref.get("idref")] for ref in references if ref.get("idref") in items]


def _refuse_locked(encryption: bytes) -> None:
    """Books with rights management encrypt chapters; fonts alone are no obstacle."""
    root = _xml(encryption)
    uris = (str(node.get("URI", "")).lower() for node in root.iter("{*}CipherReference"))
    if any(uri.endswith(("html", "htm", "xml")) for uri in uris):
        raise EncryptedDocument("The book is protected by rights management.")
