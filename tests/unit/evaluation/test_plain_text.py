from __future__ import annotations

import pytest

from evaluation.plain_text import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a \n\t b\u00a0c", "a b c"),
        ("“Don’t” — 2–3 days", '"Don\'t" - 2-3 days'),
        ('see [the **leave** page](leave.md "Leave") now', "see the leave page now"),
        ("![logo](a.png) and [x](https://e.test/a_(b))", "logo and x"),
        ("_one_ __two__ ***three*** ~~four~~ `five`", "one two three four five"),
        ("snake_case_name and 3*4*5 and f(a, *b)", "snake_case_name and 3*4*5 and f(a, b)"),
        ("ﬁle ①", "file 1"),
        ("Case Stays", "Case Stays"),
    ],
)
def test_what_does_not_change_the_meaning_is_gone(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_plain_text_stays_as_it_is_a_second_time() -> None:
    once = plain("A “quoted” [link](x.md), **bold** text…")
    assert plain(once) == once
