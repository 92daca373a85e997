"""Dovecot on a free port of 127.0.0.1."""

from __future__ import annotations

import base64
import contextlib
import grp
import os
import pwd
import shlex
import shutil
import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "pässword & more"
TOKEN = "a token"
BUSY_USER = "busy"
"""Whom the server cannot let in just now."""

_PACKAGES = ("dovecot-core", "dovecot-imapd")
# Of what they depend on, a small system lacks this.
_LIBRARIES = ("libunwind8",)
_BY_HAND = f"install {' and '.join(_PACKAGES)}, or what your system calls them"
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
    """`mail` is the folder with each user's mailbox in the format Maildir."""

    port: int
    mail: Path


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

    disable_nagle_algorithm = True
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
        libraries = [programs, *(root / "usr/lib").glob("*-linux-gnu")]
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
                    "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
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
    assert shutil.which("apt-get"), f"these tests need Dovecot's IMAP server: {_BY_HAND}"
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        download = Path(name)
        done = subprocess.run(
            ["apt-get", "-o", "APT::Sandbox::User=root", "download", *_PACKAGES, *_LIBRARIES],
            cwd=download,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"apt-get finds no Dovecot: {done.stderr}\n{_BY_HAND}"
        for package in download.glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(download / "root")], check=True)
        # Another run may have been first.
        with contextlib.suppress(OSError):
            (download / "root").rename(target)
