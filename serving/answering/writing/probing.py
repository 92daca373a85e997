"""Choosing every model's style in the background, while answers are given already."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event, Thread

import structlog

from serving.answering.writing.probe import probe
from serving.models.tier import ModelTier

_log = structlog.get_logger(__name__)


class StyleProber:
    """Probes the tiers whose style is `auto`, and those that fail again after a while, until
    closed.
    """

    def __init__(self, tiers: Sequence[ModelTier], *, pause_s: float) -> None:
        self._waiting = [tier for tier in tiers if tier.settings.style == "auto"]
        self._pause_s = pause_s
        self._closed = Event()
        # A daemon: a model that is being waited for must not hold up the end of the process.
        self._thread = Thread(target=self._run, name="style-prober", daemon=True)

    def start(self) -> None:
        """Nothing happens where every style is set."""
        if self._waiting:
            self._thread.start()

    def close(self) -> None:
        """Probe nothing more."""
        self._closed.set()

    def _run(self) -> None:
        while self._waiting and not self._closed.is_set():
            self._waiting = [tier for tier in self._waiting if not _is_settled(tier)]
            if self._waiting:
                self._closed.wait(self._pause_s)


def _is_settled(tier: ModelTier) -> bool:
    found = probe(tier)
    if found.failure is not None:
        _log.warning("model_probe_failed", tier=tier.name, detail=found.failure)
        return False
    tier.choose_style(found.style)
    _log.info("model_probed", tier=tier.name, style=found.style, right=found.right)
    return True
