"""Index generations: which build of the index is being served."""

from __future__ import annotations

from sqlalchemy import select

from core.audit import record_audit
from core.catalog.database import Database
from core.catalog.models import Generation, GenerationState, new_id
from core.errors import ConfigurationError

_ACTIVE = select(Generation).where(Generation.state == GenerationState.ACTIVE)


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
        active = session.scalar(_ACTIVE)
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


def get_active_generation(database: Database) -> Generation:
    """The generation that is served: a running server has one."""
    with database.read() as session:
        return session.scalars(_ACTIVE).one()


def approve_reranker(
    database: Database, *, reranker: str | None, actor: str, run: str | None
) -> Generation:
    """Say that this reranker, `provider/model`, serves the active generation well; None: that none
    does. `run` names the evaluation behind it, for the audit log.
    """
    with database.write() as session:
        active = session.scalars(_ACTIVE).one()
        record_audit(
            session,
            actor=actor,
            action="reranker_approved",
            subject=active.id,
            reranker=reranker,
            before=active.reranker,
            run=run,
        )
        active.reranker = reranker
        return active
