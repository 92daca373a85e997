from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from evaluation.importers.contract import ImportOptions
from evaluation.importers.registry import ENTRY_POINT_GROUP, load_importer
from evaluation.importers.writer import SetWriter


@pytest.mark.parametrize("name", [point.name for point in entry_points(group=ENTRY_POINT_GROUP)])
def test_every_registered_importer_names_the_path_that_it_cannot_read(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    writer = SetWriter(tmp_path / "out")
    with pytest.raises(ConfigurationError, match="lost"):
        load_importer(name).import_set(tmp_path / "lost", writer, ImportOptions())
    writer.close()


def test_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="beir, mtrag, ragas"):
        load_importer("magic")
