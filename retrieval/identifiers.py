"""Identifiers in a text: what is looked for by its exact form, such as `ERR-1042`."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[^\W_][\w.:#-]*\w")
_IDENTIFIER = re.compile(
    r"""
      (?=[^a-z]*[A-Z])[A-Za-z]+[-_.:#]?\d[\w.-]*  # ERR-1042, W-4, RFC2616; not GSA, nor 10-hour
    | [a-z]+[-_.:#]?\d{3,}[\w.-]*                # err-1042; not step-2
    | [A-Z]{2,}(?:-\w+)+-?\d\w*                  # TC-CS-118
    | v?\d+(?:\.\d+){2,}\w*                     # 10.3.0, v2.3.1, 192.168.0.1
    | 0[xX][0-9A-Fa-f]+                         # 0x80070005
    | \w+(?:_\w+)+                              # max_query_chars
    | \w{2,}(?:[.-]\w{2,})*\.[a-z]\w+           # robots.txt, intranet.acme.test
    """,
    re.VERBOSE,
)
_MIN_CHARS = 3


def find_identifiers(text: str) -> list[str]:
    """Codes, version numbers, file names, host names and programs' own names, in order, each once.

    Plain numbers, dates, acronyms and compounds such as "10-hour" are words like any others.
    """
    tokens = (match[0] for match in _TOKEN.finditer(text))
    found = (token for token in tokens if len(token) >= _MIN_CHARS and _IDENTIFIER.fullmatch(token))
    return list(dict.fromkeys(found))
