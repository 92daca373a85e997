"""Entailers by name: the entry points of the group `vouch.entailers`, ours like anyone's."""

from __future__ import annotations

from importlib.metadata import entry_points

from core.errors import ConfigurationError
from core.settings import EntailmentSettings
from retrieval.embedders.contract import WordEncoder
from serving.checking.entailment.contract import Entailer

ENTRY_POINT_GROUP = "vouch.entailers"


def load_entailer(settings: EntailmentSettings, *, encoder: WordEncoder) -> Entailer:
    """Import the entailer that is set, and load its model. Raises ConfigurationError."""
    points = entry_points(group=ENTRY_POINT_GROUP)
    for point in points.select(name=settings.entailer):
        entailer: type[Entailer] = point.load()
        return entailer.from_settings(settings, encoder=encoder)
    known = ", ".join(sorted({point.name for point in points}))
    raise ConfigurationError(
        f"There is no entailer {settings.entailer!r}. Installed: {known}. Set "
        "VOUCH_ENTAILMENT__ENTAILER to one of them."
    )
