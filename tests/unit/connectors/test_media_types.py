from __future__ import annotations

import pytest

from connectors.media_types import media_type_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("handbook/leave.md", "text/markdown"),
        ("REPORT.PDF", "application/pdf"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("data:text/html,x.csv", "text/csv"),
        ("http://acme.test/page.html", "text/html"),
        ("logs.csv.gz", None),
        ("backup.tar.gz", None),
        ("README", None),
        ("", None),
    ],
)
def test_name_tells_the_type_whatever_else_it_looks_like(name: str, expected: str | None) -> None:
    assert media_type_of(name) == expected
