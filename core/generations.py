"""Index generations: which build of the index is being served."""

from __future__ import annotations

from sqlalchemy import select

from core.catalog.database import Database
from core.catalog.models import Generation, GenerationState, new_id
from core.errors import ConfigurationError


class GenerationMismatch(ConfigurationError):
    """The settings ask for another model or chunker than the index was built with."""

    title = "Index built with other settings"


def ensure_active_generation(
    database: Database, *, embedder: str, dimension: int, chunker: str
) -> Generation:
    """The generation that is served; the first one is made when there is none.

    Vectors of two models, or chunks of two chunkers, in one collection would compare nonsense.
    Raises GenerationMismatch instead.
    """
    with database.write() as session:
        active = session.scalar(
            select(Generation).where(Generation.state == GenerationState.ACTIVE)
        )
        if active is None:
            generation_id = new_id()
            active = Generation(
                id=generation_id,
                collection=f"chunks-{generation_id[:8]}",
                embedder=embedder,
                dimension=dimension,
                chunker=chunker,
                state=GenerationState.ACTIVE,
            )
            session.add(active)
        elif (active.embedder, active.dimension, active.chunker) != (embedder, dimension, chunker):
            raise GenerationMismatch(
                f"The index was built with {active.embedder} and the chunker {active.chunker}; the "
                f"settings ask for {embedder} and {chunker}. Put the settings back, or set "
                "VOUCH_DATA_DIR to a new folder and ingest again."
            )
        return active
