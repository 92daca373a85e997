"""Chunkers by name: the entry points of the group `vouch.chunkers`, ours like anyone's."""

from __future__ import annotations

from importlib.metadata import entry_points

from core.errors import ConfigurationError
from ingest.chunkers.contract import Chunker

ENTRY_POINT_GROUP = "vouch.chunkers"


def load_chunker(name: str) -> type[Chunker]:
    """Import the chunker that is registered under `name`.

    Raises ConfigurationError, naming what is installed.
    """
    points = entry_points(group=ENTRY_POINT_GROUP)
    for point in points.select(name=name):
        chunker: type[Chunker] = point.load()
        return chunker
    known = ", ".join(sorted({point.name for point in points}))
    raise ConfigurationError(
        f"There is no chunker {name!r}. Installed: {known}.", chunker=name, known=known
    )
