"""The page about chat UIs is true to the API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from serving.dependencies import ACT_FOR_HEADER
from tests.integration.serving.conftest import Company

_PAGE = (Path(__file__).parents[3] / "docs/how-to/chat-uis.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_example_of_the_openai_client_runs_as_it_stands(company: Company) -> None:
    key = company.key("reader", "chat-ui", may_act_for_users=True)
    program = block("python").replace("http://127.0.0.1:8080", company.vouch.url)
    result = subprocess.run(
        [sys.executable, "-c", program.replace("vouch_…", key)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "NO_PROXY": "127.0.0.1", "PYTHONUTF8": "1"},
    )
    assert result.returncode == 0, result.stderr
    assert "27 days of paid annual leave. [1]" in result.stdout
    assert "\nSources:\n\n1. Leave policy (leave.md)\n" in result.stdout
    assert "\nsupported Full-time employees" in result.stdout


def test_settings_name_the_user_where_vouch_reads_it() -> None:
    settings: Any = yaml.safe_load(block("yaml"))
    (endpoint,) = settings["endpoints"]["custom"]
    assert endpoint["headers"] == {ACT_FOR_HEADER: "{{LIBRECHAT_USER_EMAIL}}"}
    assert endpoint["titleConvo"] is False
    assert f"FORWARD_USER_INFO_HEADER_USER_EMAIL={ACT_FOR_HEADER}\n" in _PAGE
