"""Importers by format: the entry points of the group `vouch.importers`, ours like anyone's."""

from __future__ import annotations

from importlib.metadata import entry_points

from core.errors import ConfigurationError
from evaluation.importers.contract import Importer

ENTRY_POINT_GROUP = "vouch.importers"


def load_importer(name: str) -> Importer:
    """Import and build the importer of the format. Raises ConfigurationError."""
    points = entry_points(group=ENTRY_POINT_GROUP)
    for point in points.select(name=name):
        importer: type[Importer] = point.load()
        return importer()
    known = ", ".join(sorted({point.name for point in points}))
    raise ConfigurationError(
        f"There is no importer for the format {name!r}. Installed: {known}.",
        format=name,
        known=known,
    )
