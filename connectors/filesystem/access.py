"""Who may read what lies in a folder, by the rules of the source's configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol, Self

from connectors.access_rules import AccessRule, AccessRules
from connectors.contract import DocumentFailure

Acl = tuple[str, ...] | None


class FolderAccess(Protocol):
    """One folder's word on who may read its files. Made from the root downwards."""

    @property
    def problem(self) -> DocumentFailure | None:
        """Why nobody may read here, where that is a mistake."""
        ...

    def enter(self, path: str, location: bytes) -> FolderAccess:
        """The same for a folder directly below: relative to the root, and on the machine."""
        ...

    def acl(self, path: str, location: bytes, status: os.stat_result) -> Acl:
        """For a file directly in this folder; None: the source's registration decides."""
        ...


class RuleAccess:
    """The first rule that matches the path decides, in whichever folder."""

    problem = None

    def __init__(self, rules: Iterable[AccessRule]) -> None:
        self._rules = AccessRules(rules)

    def enter(self, path: str, location: bytes) -> Self:
        return self

    def acl(self, path: str, location: bytes, status: os.stat_result) -> Acl:
        return self._rules.acl_of(path)
