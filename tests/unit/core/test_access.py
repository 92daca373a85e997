"""Who may read what."""

from __future__ import annotations

import pytest

from core.access import EVERYONE, InvalidAccessToken, Principal, may_read, parse_acl


@pytest.mark.parametrize(
    "token",
    [
        "everyone",
        "user:ana@acme.test",
        "group:hr",
        "group:/corp/eu/hr",
        "user:é",
        "group:" + "x" * 255,
    ],
)
def test_token_of_a_known_kind_is_kept_as_it_is(token: str) -> None:
    assert parse_acl([token]) == (token,)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "Everyone",
        "everyone ",
        "*",
        "hr",
        "group",
        "group:",
        "group: hr",
        "group:h r",
        "group:hr\n",
        "group:hr,sales",
        "group:a=b",
        "group::hr",
        "Group:hr",
        "role:admin",
        "user:" + "x" * 256,
    ],
)
def test_anything_else_is_refused_by_name(token: str) -> None:
    with pytest.raises(InvalidAccessToken) as caught:
        parse_acl(["everyone", token])
    assert repr(token) in caught.value.detail


def test_tokens_come_back_sorted_and_once() -> None:
    tokens = ["user:b", "group:a", "everyone", "user:b"]
    assert parse_acl(tokens) == ("everyone", "group:a", "user:b")


def test_empty_list_stays_empty_and_grants_nobody() -> None:
    assert parse_acl([]) == ()
    assert not may_read(Principal(user="ana"), [])


@pytest.mark.parametrize("user", ["ana", "", "everyone", "group:hr"])
def test_principals_tokens_are_never_empty_because_an_empty_filter_would_match_all(
    user: str,
) -> None:
    assert Principal(user=user).access_tokens


def test_principal_carries_itself_its_groups_and_everyone() -> None:
    principal = Principal(user="ana", groups=frozenset({"sales", "hr"}))
    assert principal.access_tokens == (EVERYONE, "group:hr", "group:sales", "user:ana")


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        (["everyone"], True),
        (["user:ana"], True),
        (["group:hr"], True),
        (["user:ben", "group:hr"], True),
        (["user:ben"], False),
        (["group:sales"], False),
        (["user:an"], False),
        (["user:hr"], False),
        (["group:ana"], False),
    ],
)
def test_one_matching_token_grants_access_and_only_a_whole_one_matches(
    acl: list[str], expected: bool
) -> None:
    assert may_read(Principal(user="ana", groups=frozenset({"hr"})), acl) is expected


def test_user_named_like_a_group_gains_nothing_from_the_name() -> None:
    assert not may_read(Principal(user="group:hr"), ["group:hr"])
