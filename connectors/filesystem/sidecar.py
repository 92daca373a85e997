"""Who may read, from a file in the folder itself: `.vouch-access.yaml`, globs to access tokens.

"salaries/**": [group:hr]
"**": [everyone]
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Self

import yaml
from pydantic import TypeAdapter, ValidationError

from connectors.contract import DocumentFailure
from connectors.filesystem.access import Acl
from connectors.filesystem.config import ACCESS_FILE
from connectors.filesystem.opening import read_small
from connectors.filesystem.problems import failure, why_unreadable
from connectors.selection import glob_pattern
from core.access import InvalidAccessToken, parse_acl

_MAX_BYTES = 64 * 1024
_RULES = TypeAdapter(dict[str, tuple[str, ...]])

_Rule = tuple[re.Pattern[str], tuple[str, ...]]


class MalformedAccessFile(ValueError):
    """What it says is not known, so nobody may read."""


class SidecarAccess:
    """The nearest folder decides that has an access file with a glob that matches, top one first.

    The globs are relative to that folder. Where an access file cannot be understood, and none that
    is nearer decides, nobody may read.
    """

    def __init__(
        self,
        parent: Self | None,
        path: str,
        rules: Sequence[_Rule],
        problem: DocumentFailure | None,
    ) -> None:
        self._parent = parent
        self._prefix = f"{path}/" if path else ""
        self._rules = rules
        self.problem = problem

    @classmethod
    def at_root(cls, location: bytes) -> Self:
        return cls._of(None, "", location)

    def enter(self, path: str, location: bytes) -> Self:
        return self._of(self, path, location)

    def acl(self, path: str, location: bytes, status: os.stat_result) -> Acl:
        if self.problem is not None:
            return ()
        name = path.removeprefix(self._prefix)
        for pattern, allow in self._rules:
            if pattern.fullmatch(name):
                return allow
        return None if self._parent is None else self._parent.acl(path, location, status)

    @classmethod
    def _of(cls, parent: Self | None, path: str, location: bytes) -> Self:
        problem: DocumentFailure | None = None
        rules: list[_Rule] = []
        try:
            text = read_small(os.path.join(location, os.fsencode(ACCESS_FILE)), _MAX_BYTES)
            rules = parse_access_file(text)
        except FileNotFoundError:
            pass  # The usual case.
        except OSError as error:
            problem = _problem(path, why_unreadable(error))
        except MalformedAccessFile as error:
            problem = _problem(path, str(error))
        return cls(parent, path, rules, problem)


def parse_access_file(content: bytes) -> list[_Rule]:
    """Patterns and their access lists, in the file's order. Raises MalformedAccessFile."""
    try:
        rules = _RULES.validate_python(_load(content))
        return [(glob_pattern(glob), parse_acl(tokens)) for glob, tokens in rules.items()]
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise MalformedAccessFile("It is not valid YAML. Put every glob in quotes.") from error
    except ValidationError as error:
        raise MalformedAccessFile(
            'It must name globs and lists of access tokens, like "**": [group:hr].'
        ) from error
    except InvalidAccessToken as error:
        raise MalformedAccessFile(error.detail) from error


def _load(content: bytes) -> object:
    """Strings, lists and dictionaries, and nothing else: no dates to fail on."""
    loader = yaml.BaseLoader(content)
    try:
        node = loader.get_single_node()
        # Of two entries with one name YAML keeps the later, which need not be the narrower.
        if isinstance(node, yaml.MappingNode):
            names = [str(key.value) for key, _ in node.value]
            if len(set(names)) < len(names):
                raise MalformedAccessFile("A glob appears twice.")
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _problem(folder: str, why: str) -> DocumentFailure:
    path = f"{folder}/{ACCESS_FILE}" if folder else ACCESS_FILE
    return failure(path, "access_file_malformed", f"Nobody may read here. {why}")
