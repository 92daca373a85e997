"""Owners as they are given on the command line."""

from __future__ import annotations

import re

from core.errors import ConfigurationError

_OWNER = re.compile(r"\s*(?P<name>[^<>]+?)\s*<\s*(?P<contact>[^<>]+?)\s*>\s*")


def parse_owner(owner: str) -> dict[str, str]:
    """From 'Name <contact>' to what the API takes. Raises ConfigurationError for anything else."""
    match = _OWNER.fullmatch(owner)
    if match is None:
        raise ConfigurationError("Give the owner as 'Name <contact>', e.g. 'HR <hr@acme.test>'.")
    return match.groupdict()
