"""Several instances in one process keep out of each other's way."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from core.settings import ServerSettings, Settings
from tests.integration.conftest import start_vouch


def test_instance_syncs_while_another_has_begun_and_after_it_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "leave.md").write_text("Staff have 27 days of leave.")
    settings = [
        Settings(data_dir=tmp_path / name, server=ServerSettings(port=0))
        for name in ("first", "second")
    ]
    with ExitStack() as stack:
        first = start_vouch(settings[0], stack)
        source_id = first.register(folder)
        with ExitStack() as inner:
            second = start_vouch(settings[1], inner)
            for _ in range(3):
                assert first.sync(source_id)["state"] == "succeeded"
            assert second.sync(second.register(folder))["state"] == "succeeded"
        for _ in range(3):
            assert first.sync(source_id)["state"] == "succeeded"
