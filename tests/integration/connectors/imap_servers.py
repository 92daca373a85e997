"""Real mail servers on free ports of 127.0.0.1: Dovecot, which counts changes unless told not to,
and pymap, which speaks another dialect.
"""

from __future__ import annotations

import base64
import contextlib
import grp
import os
import pwd
import shlex
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "pässword & more"
TOKEN = "a token"
BUSY_USER = "busy"
"""Whom the server cannot let in just now."""

_START_S = 20
_PACKAGES = ("dovecot-core", "dovecot-imapd")
_CONFIG = """
base_dir = {run}/base
state_dir = {run}/state
log_path = {run}/log
libexec_dir = {programs}
mail_plugin_dir = {programs}/modules
mail_location = maildir:~/Maildir
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_fsync = never
stats_writer_socket_path =
{capability}
ssl = no
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Trash {{
    special_use = \\Trash
  }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`mail` is the folder with each user's mailbox in the format Maildir, if it is on a disk."""

    port: int
    mail: Path | None = None


@contextmanager
def dovecot_server(*, counts_changes: bool = True) -> Iterator[MailServer]:
    """Dovecot's own IMAP, behind a login of ours: as packages unpack it, without an installation,
    the parts of Dovecot that log in do not run. Any user may log in, and has an empty mailbox.
    """
    root = _dovecot_root()
    with tempfile.TemporaryDirectory(prefix="vouch-dovecot-") as name:
        run = Path(name)
        (run / "mail").mkdir()
        account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        programs = root / "usr/lib/dovecot"
        config = _CONFIG.format(
            run=run,
            capability="" if counts_changes else "imap_capability = IMAP4rev1 UIDPLUS",
            programs=programs,
            user=account.pw_name,
            group=grp.getgrgid(account.pw_gid).gr_name,
        )
        (run / "dovecot.conf").write_text(config)
        run.chmod(0o755)
        options: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(run, account.pw_uid, account.pw_gid)
            os.chown(run / "mail", account.pw_uid, account.pw_gid)
            options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        with _LoginServer(root, run, options) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            try:
                yield MailServer(port=int(server.server_address[1]), mail=run / "mail")
            finally:
                server.shutdown()
                thread.join()


@contextmanager
def pymap_server(user: str) -> Iterator[MailServer]:
    """One user with an empty mailbox in the server's memory."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    with (
        tempfile.NamedTemporaryFile(prefix="vouch-pymap-") as log,
        subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-c", "from pymap.main import main; main()"),
                "--no-tls",
                *("--host", "127.0.0.1", "--port", str(port), "dict"),
                *("--demo-user", user, "--demo-password", PASSWORD),
            ],
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            _wait_for(port, process, log=Path(log.name))
            yield MailServer(port=port)
        finally:
            process.terminate()


@contextmanager
def tls_in_front_of(port: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """A port that speaks TLS for a server that does not, and the authority of its certificate,
    which is for localhost.
    """
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as client,
                socket.create_connection(("127.0.0.1", port)) as upstream,
            ):
                back = threading.Thread(target=_copy, args=(upstream, client))
                back.start()
                _copy(client, upstream)
                back.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = False

    with Server(("127.0.0.1", 0), Relay) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield int(server.server_address[1]), certificate
        finally:
            server.shutdown()
            thread.join()


class _LoginServer(socketserver.ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True

    def __init__(self, root: Path, run: Path, options: dict[str, Any]) -> None:
        self.root = root
        self.run = run
        self.options = options
        super().__init__(("127.0.0.1", 0), _Login)


class _Login(socketserver.StreamRequestHandler):
    """Greets, checks the password, and hands the connection over to Dovecot."""

    rbufsize = 0  # Not a byte of what is meant for Dovecot may be read.
    server: _LoginServer

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2] ready")
            while line := self.rfile.readline().decode():
                tag, command, *arguments = shlex.split(line)
                if command.upper() in ("LOGIN", "AUTHENTICATE"):
                    user = self._user(command.upper(), arguments)
                    if user == BUSY_USER:
                        self._say(f"{tag} NO [UNAVAILABLE] come back later")
                    elif user is None:
                        self._say(f"{tag} NO [AUTHENTICATIONFAILED] wrong")
                    else:
                        self._hand_over(tag, user)
                        return
                elif command.upper() == "LOGOUT":
                    self._say(f"* BYE\r\n{tag} OK bye")
                    return
                else:
                    self._say("* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2")
                    self._say(f"{tag} OK done")

    def _user(self, command: str, arguments: list[str]) -> str | None:
        """None: the password is wrong."""
        if command == "LOGIN":
            return arguments[0] if arguments[1] == PASSWORD else None
        if len(arguments) == 1:
            self._say("+ ")
            arguments.append(self.rfile.readline().decode().strip())
        parts = base64.b64decode(arguments[1]).decode()
        if arguments[0].upper() == "PLAIN":
            _, user, password = parts.split("\x00")
            return user if password == PASSWORD else None
        user, bearer, *_ = parts.removeprefix("user=").split("\x01")
        return user if bearer == f"auth=Bearer {TOKEN}" else None

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _hand_over(self, tag: str, user: str) -> None:
        root, run = self.server.root, self.server.run
        programs = root / "usr/lib/dovecot"
        with (run / "errors").open("ab") as errors:
            subprocess.run(
                # As `imap` itself begins, but for the folder that it expects doveconf in.
                [
                    *(str(root / "usr/bin/doveconf"), "-f", "service=imap", "-m", "imap"),
                    *("-c", str(run / "dovecot.conf"), "-e", str(programs / "imap")),
                ],
                env={
                    "USER": user,
                    "HOME": str(run / "mail" / user),
                    "IMAPLOGINTAG": tag,
                    "LD_LIBRARY_PATH": f"{programs}:{programs}/modules/old-stats",
                },
                stdin=self.connection,
                stdout=self.connection,
                stderr=errors,
                cwd="/",
                check=False,
                **self.server.options,
            )


def _dovecot_root() -> Path:
    """Above its `usr`: the system's, or packages in a cache, for which apt needs no root."""
    if Path("/usr/lib/dovecot/imap").exists():
        return Path("/")
    cache = Path(tempfile.gettempdir()) / f"vouch-test-dovecot-{os.geteuid()}"
    if not (cache / "usr/lib/dovecot/imap").exists():
        _unpack(cache)
    return cache


def _unpack(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        download = Path(name)
        assert shutil.which("apt-get"), "install Dovecot's IMAP server to run these tests"
        subprocess.run(
            ["apt-get", "-o", "APT::Sandbox::User=root", "download", *_PACKAGES],
            cwd=download,
            check=True,
            capture_output=True,
        )
        for package in download.glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(download / "root")], check=True)
        # Another run may have been first.
        with contextlib.suppress(OSError):
            (download / "root").rename(target)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _wait_for(port: int, process: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
            client.settimeout(5)
            if client.recv(4) == b"* OK":
                return
        time.sleep(0.05)
    raise AssertionError(f"the mail server has not started: {log.read_text()}")
