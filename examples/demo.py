"""The demo: ingest the example company, start a server, ask it three questions, stop it.

Run by `make demo`. Speaks to the server over HTTP, as any other client would.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

EXAMPLES = Path(__file__).parent
DATA_DIR = EXAMPLES.parent / ".vouch" / "demo"
VOUCH = Path(sys.executable).parent / "vouch"
PORT = 8089
URL = f"http://127.0.0.1:{PORT}"
START_TIMEOUT_S = 60

ANSWERABLE = "PLACEHOLDER"
RESTRICTED = "PLACEHOLDER"
UNANSWERABLE = "PLACEHOLDER"


def main() -> None:
    environment = os.environ | {"VOUCH_DATA_DIR": str(DATA_DIR), "VOUCH_SERVER__PORT": str(PORT)}
    ingest(environment)
    server = subprocess.Popen([VOUCH, "up"], env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(server)
        ask_three_questions()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


if __name__ == "__main__":
    main()
