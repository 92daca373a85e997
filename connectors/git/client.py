"""The remote repository: which commit a branch is at, and its objects."""

from __future__ import annotations

import os
import struct
import traceback
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import urllib3
from dulwich.client import AbstractHttpGitClient, FetchPackResult, GitClient, LocalGitClient
from dulwich.errors import (
    ApplyDeltaError,
    ChecksumMismatch,
    FileFormatException,
    GitProtocolError,
    NotGitRepository,
    ObjectMissing,
    WrongObjectException,
)
from dulwich.objects import ObjectID
from dulwich.pack import UnresolvedDeltas
from dulwich.protocol import ZERO_SHA
from dulwich.refs import HEADREF, Ref
from dulwich.repo import Repo

from connectors.context import ConnectorContext
from connectors.contract import SourceMisconfigured, SourceUnavailable
from connectors.git.config import GitConfig, GitCredentials
from connectors.git.http import GitHttp

_BRANCHES = b"refs/heads/"
_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"

BROKEN_DATA = (
    ApplyDeltaError,
    AssertionError,
    ChecksumMismatch,
    EOFError,
    FileFormatException,
    GitProtocolError,
    IndexError,
    KeyError,
    ObjectMissing,
    OverflowError,
    UnresolvedDeltas,
    ValueError,
    WrongObjectException,
    struct.error,
    zlib.error,
)
"""What the git library raises on an answer or a file that is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a branch stands."""

    commit: bytes
    branch: str


class Remote(Protocol):
    """A repository that somebody else writes."""

    def read_head(self) -> Head | None:
        """Where the branch stands now; None for a repository in which nothing is yet.

        Raises SourceMisconfigured, CredentialsRefused, SourceUnavailable, AddressRefused.
        """
        ...

    def fetch(self, clone: Repo) -> Head | None:
        """Add to the clone what it lacks of the branch. Raises what `read_head` raises, OSError."""
        ...


class GitRemote:
    """Over smart HTTP, or from a folder on this machine."""

    def __init__(
        self, config: GitConfig, credentials: GitCredentials | None, context: ConnectorContext
    ) -> None:
        self._config = config
        self._credentials = credentials
        self._context = context

    def read_head(self) -> Head | None:
        with self._session() as (client, path):
            answer = client.get_refs(path, ref_prefix=self._ref_prefixes())
            return self._head(answer.refs, answer.symrefs)

    def fetch(self, clone: Repo) -> Head | None:
        def determine_wants(
            refs: Mapping[Ref, ObjectID], depth: int | None = None
        ) -> list[ObjectID]:
            head = self._head(refs, {})
            missing = head is not None and ObjectID(head.commit) not in clone.object_store
            return [ObjectID(head.commit)] if head is not None and missing else []

        with self._session() as (client, path):
            answer: FetchPackResult = client.fetch(
                path, clone, determine_wants, ref_prefix=self._ref_prefixes()
            )
            return self._head(answer.refs, answer.symrefs)

    def _ref_prefixes(self) -> list[bytes]:
        """All branches and not just one: a repository without this one need not be empty."""
        return [HEADREF, _BRANCHES]

    def _head(self, refs: Mapping[Ref, ObjectID | None], symrefs: Mapping[Ref, Ref]) -> Head | None:
        named = self._config.branch
        name = HEADREF if named is None else Ref(_BRANCHES + named.encode())
        commit = refs.get(name)
        if commit is not None and commit != ZERO_SHA:
            return Head(commit=commit, branch=named or _branch_name(symrefs.get(HEADREF)))
        if named is not None:
            raise SourceMisconfigured(f"The repository has no branch {named!r}.")
        if any(ref.startswith(_BRANCHES) for ref in refs):
            raise SourceMisconfigured(
                "The repository's default branch does not exist. Name one: branch."
            )
        return None

    @contextmanager
    def _session(self) -> Iterator[tuple[GitClient, bytes]]:
        try:
            if self._config.is_local:
                with _local_errors():
                    yield LocalGitClient(), os.fsencode(self._config.local_path)
            else:
                with GitHttp(
                    self._config.url,
                    self._credentials,
                    self._context,
                    max_bytes=self._config.max_clone_bytes,
                ) as http:
                    yield _SmartHttpClient(self._config.url, http), b""
        except NotGitRepository as error:
            raise SourceMisconfigured("There is no git repository at this URL.") from error
        except BROKEN_DATA as error:
            # They may still look at the clone's files, which could then not be closed.
            traceback.clear_frames(error.__traceback__)
            # Without the text, which may be whatever the server has sent.
            raise SourceUnavailable(
                "The git server's answer is incomplete or not valid.",
                operator_detail=type(error).__name__,
            ) from error


class _SmartHttpClient(AbstractHttpGitClient):
    """The library's client over our own HTTP. It never falls back to the old "dumb" protocol,
    which would take a login page for a list of branches.
    """

    def __init__(self, url: str, http: GitHttp) -> None:
        super().__init__(url)
        self._http = http

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,
    ) -> tuple[Any, Callable[[int], bytes]]:
        response, final_url = self._http.request(
            "GET" if data is None else "POST",
            url,
            headers={"User-Agent": "git/vouch", "Pragma": "no-cache"} | (headers or {}),
            body=data if data is None or isinstance(data, bytes) else b"".join(data),
        )
        content_type = response.headers.get("Content-Type", "")
        if data is None and content_type.partition(";")[0].strip() != _ADVERTISEMENT:
            raise SourceMisconfigured(
                "There is no git server at this URL, but something else. Is it the URL that "
                "`git clone` takes?"
            )
        answered = cast(_Answer, response)
        answered.content_type = content_type
        answered.redirect_location = "" if final_url == url else final_url
        return answered, self._http.reader(response)


class _Answer(urllib3.BaseHTTPResponse):
    """What the library expects of a response beyond urllib3's own."""

    content_type: str
    redirect_location: str


@contextmanager
def _local_errors() -> Iterator[None]:
    """Reading one folder here and writing another cannot be told apart by the error."""
    try:
        yield
    except OSError as error:
        raise SourceUnavailable(
            f"The repository on this machine cannot be read, or not be cloned: {error.strerror}."
        ) from error


def _branch_name(ref: Ref | None) -> str:
    """HEAD, which forges understand as well, where the server does not say what it stands for."""
    return "HEAD" if ref is None else ref.removeprefix(_BRANCHES).decode("utf-8", "replace")
