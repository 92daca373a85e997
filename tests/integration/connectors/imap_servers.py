"""Real mail servers on free ports of 127.0.0.1: Dovecot, which counts changes, and pymap, which
does not.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "pass word"
_START_S = 20
_PACKAGES = ("dovecot-core", "dovecot-imapd")

_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {run}/base
state_dir = {run}/state
log_path = {run}/log
libexec_dir = {programs}
mail_plugin_dir = {programs}/modules
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
mail_location = maildir:~/Maildir
mail_fsync = never
maildir_very_dirty_syncs = no
mail_max_userip_connections = 100
ssl = yes
ssl_cert = <{run}/certificate.pem
ssl_key = <{run}/key.pem
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={run}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Trash {{
    special_use = \\Trash
  }}
  mailbox Sent {{
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  service_count = 0
  process_min_avail = 1
}}
service anvil {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """`tls_port` speaks TLS from the start, with the certificate in `authority` for localhost."""

    port: int
    tls_port: int | None = None
    authority: Path | None = None
    mail: Path | None = None
    """Where each user's mailbox is as a folder, in the format Maildir."""


@contextmanager
def dovecot_server() -> Iterator[MailServer]:
    """Any user may log in with `PASSWORD`, and has an empty mailbox at first."""
    root = _dovecot()
    programs = root / "usr/lib/dovecot"
    port, tls_port = _free_port(), _free_port()
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with tempfile.TemporaryDirectory(prefix="vouch-dovecot-") as name:
        run = Path(name)
        (run / "mail").mkdir()
        _make_certificate(run)
        (run / "dovecot.conf").write_text(
            _CONFIG.format(
                run=run,
                programs=programs,
                user=account.pw_name,
                group=_group_name(account.pw_gid),
                password=PASSWORD.replace(" ", "%20") if " " not in PASSWORD else PASSWORD,
                port=port,
                tls_port=tls_port,
            )
        )
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            for path in [run, *run.rglob("*")]:
                os.chown(path, account.pw_uid, account.pw_gid)
            user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        process = subprocess.Popen(
            [str(root / "usr/sbin/dovecot"), "-F", "-c", str(run / "dovecot.conf")],
            env={"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(programs)},
            cwd="/",
            **user,
        )
        with _stopped(process, log=run / "log"):
            _wait_for(port, process, log=run / "log")
            yield MailServer(
                port=port,
                tls_port=tls_port,
                authority=run / "certificate.pem",
                mail=run / "mail",
            )


@contextmanager
def pymap_server(user: str) -> Iterator[MailServer]:
    """One user with an empty mailbox in the server's memory."""
    port = _free_port()
    with tempfile.NamedTemporaryFile(prefix="vouch-pymap-") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore", "-m", "pymap.main", "--no-tls"),
                *("--host", "127.0.0.1", "--port", str(port), "dict"),
                *("--demo-user", user, "--demo-password", PASSWORD),
            ],
            stdout=log,
            stderr=log,
        )
        with _stopped(process, log=Path(log.name)):
            _wait_for(port, process, log=Path(log.name))
            yield MailServer(port=port)


def _dovecot() -> Path:
    """The root of its files: the system's, or packages unpacked into a cache, which needs no root
    but Debian's apt.
    """
    if found := shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin"):
        return Path(found).resolve().parents[2]
    cache = Path(tempfile.gettempdir()) / f"vouch-test-dovecot-{os.geteuid()}"
    if not (cache / "usr/sbin/dovecot").exists():
        _unpack(cache)
    return cache


def _unpack(target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        download = Path(name)
        # The tests' folder is closed to others; the server runs as somebody else.
        download.chmod(0o755)
        subprocess.run(
            ["apt-get", "-o", "APT::Sandbox::User=root", "download", *_PACKAGES],
            cwd=download,
            check=True,
            capture_output=True,
        )
        for package in download.glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(download / "root")], check=True)
        (download / "root").chmod(0o755)
        # Another run may have been first.
        with contextlib.suppress(OSError):
            (download / "root").rename(target)


def _make_certificate(folder: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
    )


@contextmanager
def _stopped(process: subprocess.Popen[bytes], *, log: Path) -> Iterator[None]:
    with process:
        try:
            yield
        finally:
            process.terminate()


def _group_name(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as client:
            client.settimeout(5)
            if client.recv(4) == b"* OK":
                return
        time.sleep(0.05)
    raise AssertionError(f"the mail server has not started: {log.read_text()}")
