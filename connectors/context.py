"""What a connector is given to work with: limits, where it may connect to, where it may write."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from connectors.egress import EgressPolicy
from connectors.pacing import Pacer
from core.uploads import UploadStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorContext:
    """One source's share of the process. Shared by every connector that is open for the source."""

    source_id: str
    cache_dir: Path
    """The source's own folder for what can be made again, such as a clone; it may be emptied."""
    egress: EgressPolicy = field(default_factory=EgressPolicy)
    pacer: Pacer = field(default_factory=Pacer)
    max_file_bytes: int = 100 * 1024**2
    timeout_s: float = 30.0
    """For one connection or one answer of the system."""
    uploads: UploadStore | None = None
    """Where pushed documents are kept; None where the program has no such place."""
