"""What the one-process composition does with its data folder."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.settings import Settings
from tests.integration.conftest import RunningVouch, start_vouch
from vouch.embedded import DataFolderInUse, Embedded


def test_temporary_files_of_a_killed_process_are_gone_and_ours_are_in_their_place(
    settings: Settings,
) -> None:
    before = tempfile.gettempdir()
    left_behind = settings.data_dir / "tmp" / "vouch-fetch-of-the-dead"
    left_behind.parent.mkdir(parents=True)
    left_behind.write_bytes(b"half a document")
    with ExitStack() as stack:
        start_vouch(settings, stack)
        assert not left_behind.exists()
        with tempfile.NamedTemporaryFile() as file:
            assert Path(file.name).parent == left_behind.parent
    assert tempfile.gettempdir() == before


def test_second_process_on_a_data_folder_leaves_the_first_ones_files_alone(
    vouch: RunningVouch, settings: Settings
) -> None:
    with tempfile.NamedTemporaryFile() as file:
        with pytest.raises(DataFolderInUse):
            Embedded(settings)
        assert Path(file.name).exists()
