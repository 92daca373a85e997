"""Text without what does not change what it says: for comparing strings, never for showing."""

from __future__ import annotations

import re
import unicodedata

_TYPOGRAPHY = str.maketrans(
    dict.fromkeys("‘’‚‛′", "'") | dict.fromkeys("“”„‟″«»", '"') | dict.fromkeys("‐‑‒–—―−", "-")
)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\([^()]*\))?[^()]*\)")
# Between words an underscore is part of a name, and between numbers an asterisk is a product.
_MARK = r"(?:\*{1,3}|_{1,3}|~~|`+)"
_EMPHASIS = re.compile(rf"(?<!\w){_MARK}(?=\S)|(?<=\S){_MARK}(?!\w)")


def plain(text: str) -> str:
    """Unicode NFKC, straight quotes and hyphens, Markdown links as their text, no emphasis or code
    marks, and each run of white space as one space. Case stays.
    """
    text = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY)
    text = _EMPHASIS.sub("", _LINK.sub(r"\1", text))
    return " ".join(text.split())
