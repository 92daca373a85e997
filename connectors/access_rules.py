"""Who may read what, by rules in a source's configuration: for systems that do not say it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, field_validator

from connectors.selection import Glob, glob_pattern
from core.access import parse_acl


class AccessRule(BaseModel):
    """Who may read the documents whose path matches `glob`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    glob: Glob
    allow: tuple[str, ...]

    @field_validator("allow")
    @classmethod
    def _parse_allow(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return parse_acl(value)


class AccessRules:
    """The first rule that matches decides."""

    def __init__(self, rules: Iterable[AccessRule]) -> None:
        self._rules = [(glob_pattern(rule.glob), rule.allow) for rule in rules]

    def acl_of(self, path: str) -> tuple[str, ...] | None:
        """None where no rule matches: the source's registration decides."""
        return next((allow for pattern, allow in self._rules if pattern.fullmatch(path)), None)
