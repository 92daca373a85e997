"""The upload endpoints' responses."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from serving.problems import FieldProblem


class UploadResult(BaseModel):
    """What became of one pushed document."""

    external_id: str
    status: Literal["stored", "unchanged", "refused", "removed"] = Field(
        description="`unchanged`: the same content under the same id was there already."
    )
    problem: FieldProblem | None = None


class UploadReceipt(BaseModel):
    """Stored documents survive a restart from now on; the run makes them searchable."""

    source_id: str
    results: list[UploadResult]
    run_id: str | None = Field(
        description="The sync run to watch; another follows it if it was under way already. Null "
        "when there is nothing to do."
    )
