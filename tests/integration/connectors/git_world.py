"""Repositories on disk that a real HTTP git server serves to the connector's tests."""

from __future__ import annotations

import base64
import contextlib
import itertools
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from dulwich.index import commit_tree
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Blob, Commit, ObjectID
from dulwich.refs import HEADREF, Ref
from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

from connectors.context import ConnectorContext
from connectors.egress import EgressPolicy

REGULAR, EXECUTABLE, LINK, SUBMODULE = 0o100644, 0o100755, 0o120000, 0o160000
FIRST_COMMIT_AT = 1_700_000_000
_numbers = itertools.count()


class GitWorld:
    """A bare repository that a test commits to; each commit is a minute after the one before."""

    def __init__(self, folder: Path, server: GitServer | None = None) -> None:
        folder.mkdir(parents=True)
        self.repo = Repo.init_bare(str(folder), default_branch=b"main")
        self.folder = folder
        self.files: dict[bytes, tuple[int, ObjectID]] = {}
        self.commits: list[ObjectID] = []
        self.url = folder.as_uri()
        if server is not None:
            name = f"team/repo-{next(_numbers)}.git"
            server.repositories[f"/{name}"] = self.repo
            self.url = f"{server.url}/{name}"

    def put(self, path: str | bytes, content: bytes, *, mode: int = REGULAR) -> None:
        self.stage(path, content, mode=mode)
        self.commit()

    def stage(self, path: str | bytes, content: bytes, *, mode: int = REGULAR) -> None:
        """Without a commit yet."""
        blob = Blob.from_string(content)
        self.repo.object_store.add_object(blob)
        self.files[_bytes(path)] = (mode, blob.id)

    def delete(self, path: str | bytes) -> None:
        del self.files[_bytes(path)]
        self.commit()

    def rename(self, old: str, new: str) -> None:
        self.files[_bytes(new)] = self.files.pop(_bytes(old))
        self.commit()

    def commit(
        self, *, branch: str = "main", parents: list[ObjectID] | None = None, at: int | None = None
    ) -> ObjectID:
        """All the files as they are now, on top of the last commit unless told otherwise."""
        store = self.repo.object_store
        tree = commit_tree(store, [(path, i, mode) for path, (mode, i) in self.files.items()])
        commit = Commit()
        commit.tree = tree
        commit.parents = self.commits[-1:] if parents is None else parents
        commit.author = commit.committer = b"Ana <ana@acme.test>"
        commit.author_time = commit.commit_time = (
            FIRST_COMMIT_AT + 60 * len(self.commits) if at is None else at
        )
        commit.author_timezone = commit.commit_timezone = 0
        commit.message = b"change"
        store.add_object(commit)
        self.commits.append(commit.id)
        self.repo.refs[Ref(f"refs/heads/{branch}".encode())] = commit.id
        return commit.id

    def rewrite(self) -> None:
        """One commit without a past in the place of all there were, as a forced push makes it."""
        old = set(self.repo.object_store)
        self.commits.clear()
        commit = self.commit(at=FIRST_COMMIT_AT - 60)
        tree = self.repo.object_store[commit].tree  # type: ignore[attr-defined]
        entries = iter_tree_contents(self.repo.object_store, tree, include_trees=True)
        reachable = {commit} | {entry.sha for entry in entries}
        for object_id in old - reachable:
            with contextlib.suppress(FileNotFoundError):
                self.repo.object_store.delete_loose_object(object_id)

    def close(self) -> None:
        self.repo.close()


class GitServer:
    """Smart HTTP from the git library's own server, with doors that a test can shut."""

    def __init__(self, *, app: Any = None, tls: ssl.SSLContext | None = None) -> None:
        self.repositories: dict[str, Repo] = {}
        self.password: str | None = None
        self.redirect_to: str | None = None
        self.authorizations: list[str | None] = []
        own = make_wsgi_chain(DictBackend(self.repositories))  # type: ignore[arg-type]
        self._server = make_server(
            "127.0.0.1",
            0,
            self._guarded(app or own),
            server_class=_Server,
            handler_class=_SilentHandler,
        )
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def open_doors(self) -> None:
        """Forget what the last test asked for."""
        self.password = self.redirect_to = None
        self.authorizations.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _guarded(self, app: Any) -> Callable[[dict[str, Any], Any], Any]:
        def guard(environ: dict[str, Any], start_response: Any) -> Any:
            given = environ.get("HTTP_AUTHORIZATION")
            self.authorizations.append(given)
            if self.redirect_to is not None:
                query = environ.get("QUERY_STRING", "")
                target = f"{self.redirect_to}{environ['PATH_INFO']}?{query}"
                start_response("302 Found", [("Location", target), ("Content-Length", "0")])
                return []
            if self.password is not None and given != basic("git", self.password):
                headers = [("WWW-Authenticate", 'Basic realm="git"'), ("Content-Length", "0")]
                start_response("401 Unauthorized", headers)
                return []
            return app(environ, start_response)

        return guard


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up is not worth a traceback on the terminal."""


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a test's output is the test's."""


@contextlib.contextmanager
def running_server(*, app: Any = None, tls: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    """The git library's own application, unless another one is given."""
    server = GitServer(app=app, tls=tls)
    try:
        yield server
    finally:
        server.close()


def basic(username: str, password: str) -> str:
    """The Authorization header of HTTP basic authentication."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def open_context(
    cache_dir: Path,
    *,
    allow_private: bool = True,
    max_file_bytes: int | None = None,
    timeout_s: float = 1.0,
) -> ConnectorContext:
    """What a source on this machine's own stand-in for a forge gets to work with."""
    context = ConnectorContext(
        source_id="source",
        cache_dir=cache_dir,
        egress=EgressPolicy(allow_private=allow_private),
        timeout_s=timeout_s,
    )
    return context if max_file_bytes is None else replace(context, max_file_bytes=max_file_bytes)


def set_head(world: GitWorld, branch: str) -> None:
    """Make another branch the default one."""
    world.repo.refs.set_symbolic_ref(HEADREF, Ref(f"refs/heads/{branch}".encode()))


def _bytes(path: str | bytes) -> bytes:
    return path if isinstance(path, bytes) else path.encode()
