"""What docs/connectors.md shows is run as it is written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from connectors.registry import connector_kinds, validated_config, validated_credentials
from serving.sources.schemas import SourceRequest

_REPOSITORY = Path(__file__).parents[3]
_PAGES = _REPOSITORY / "docs" / "connectors"
_TEXT = (_REPOSITORY / "docs" / "connectors.md").read_text()
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def blocks() -> dict[str, list[str]]:
    """The page's code by language."""
    found: dict[str, list[str]] = {}
    for language, code in _BLOCK.findall(_TEXT):
        found.setdefault(language, []).append(code)
    return found


def test_connector_has_at_most_60_lines_of_code(blocks: dict[str, list[str]]) -> None:
    lines = [line for line in blocks["python"][0].splitlines() if line.strip()]
    assert len(lines) <= 60


def test_connector_passes_the_kit_as_an_installed_package(
    blocks: dict[str, list[str]], tmp_path: Path
) -> None:
    connector, kit = blocks["python"]
    (tmp_path / "acme_zip.py").write_text(connector)
    (tmp_path / "test_acme_zip.py").write_text(kit)
    (entry_point,) = blocks["toml"]
    _install(tmp_path, tomllib.loads(entry_point)["project"]["entry-points"])

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"),
            *("--rootdir", str(tmp_path), str(tmp_path / "test_acme_zip.py")),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{_REPOSITORY}"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 30


@pytest.mark.parametrize("page", sorted(path.name for path in _PAGES.glob("*.md")))
def test_every_page_of_a_connector_is_in_the_index(page: str) -> None:
    assert f"](connectors/{page})" in _TEXT


@pytest.mark.parametrize("kind", connector_kinds())
def test_every_kind_has_a_page_whose_examples_can_be_registered(kind: str) -> None:
    page = (_PAGES / f"{kind}.md").read_text()
    examples = [json.loads(code) for language, code in _BLOCK.findall(page) if language == "json"]
    registrations = [example for example in examples if example.get("kind") == kind]
    assert registrations
    for body in registrations:
        request = SourceRequest.model_validate(body)
        validated_config(kind, request.config)
        if request.credentials is not None:
            validated_credentials(kind, request.credentials)


def _install(folder: Path, groups: dict[str, dict[str, str]]) -> None:
    """What pip writes next to a package."""
    info = folder / "acme_zip-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-zip\nVersion: 1.0\n")
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
