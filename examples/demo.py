"""The demo: ingest the example company, start a server, ask it three questions, stop it.

Run by `make demo`. It speaks to the server over HTTP, as any other client would.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from vouch.client import VouchClient
from vouch.printing import print_answer

EXAMPLES = Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
DATA_DIR = ROOT / ".vouch" / "demo"
VOUCH = Path(sys.executable).with_name("vouch")
START_TIMEOUT_S = 120

ANA = "ana@fernhollow.test"
BEN = "ben@fernhollow.test"

ANSWERABLE = "How many days of annual leave does a full-time employee get?"
RESTRICTED = "How many quarters in a row did Rowan Talmadge miss the target?"
UNANSWERABLE = "Is there a swimming pool on the roof?"


def main() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)
    port = free_port()
    environment = os.environ | {"VOUCH_DATA_DIR": str(DATA_DIR), "VOUCH_SERVER__PORT": str(port)}
    say("1. Ingest the example company; hr/ is for the group hr, all else for everyone")
    ingest(environment)
    say("2. Start the server")
    with server(environment, port) as url:
        key = (DATA_DIR / "admin.key").read_text()
        admin = VouchClient(url, api_key=key)
        admin.put("/v1/groups/hr", {"users": [BEN]})
        admin.close()
        say("3. Ask")
        ask(url, key, ANSWERABLE, user=ANA, remark="an engineer; anyone may read the answer")
        ask(url, key, RESTRICTED, user=ANA, remark="the answer is in a file she may not read")
        ask(url, key, RESTRICTED, user=BEN, remark="the same question from the group hr")
        ask(url, key, UNANSWERABLE, user=ANA, remark="nothing in the documents answers this")
    say("The server has stopped. To go on:")
    click.echo(
        "  make up                         start Vouch on your own data, in .vouch\n"
        "  .venv/bin/vouch ingest FOLDER   read your documents (another terminal)\n"
        "  .venv/bin/vouch ask QUESTION    ask them\n"
        "  http://127.0.0.1:8080/docs      the API, once `make up` runs\n"
        "  .vouch/admin.key                the first admin key, made by the first `make up`\n"
        f"  {DATA_DIR.relative_to(ROOT)}/                    this demo's own data and key"
    )


def ingest(environment: dict[str, str]) -> None:
    command: list[str | Path] = [VOUCH, "ingest", EXAMPLES / "company", "--source", "fernhollow"]
    owner = ["--owner", "Operations <operations@fernhollow.test>"]
    acl = ["--acl", "everyone", "--acl", "hr/**=group:hr"]
    subprocess.run([*command, *owner, *acl], env=environment, check=True)


@contextmanager
def server(environment: dict[str, str], port: int) -> Iterator[str]:
    """`vouch up` in a process of its own, ready to answer."""
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([VOUCH, "up"], env=environment)
    try:
        wait_until_ready(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=60) != 0:
            sys.exit(f"The server ended with status {process.returncode}.")


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    probe = VouchClient(url, api_key="none needed")
    while process.poll() is None and time.monotonic() < deadline:
        try:
            probe.get("/health/ready")
        except Exception:  # noqa: BLE001  (whatever it is, it is not ready yet)
            time.sleep(0.1)
        else:
            probe.close()
            return
    sys.exit("The server did not become ready.")


def ask(url: str, key: str, question: str, *, user: str, remark: str) -> None:
    click.echo()
    click.secho(f"{user} asks: {question}", bold=True)
    click.echo(f"  ({remark})\n")
    with VouchClient(url, api_key=key, act_for=user) as client:
        print_answer(client.answer(question))


def say(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
