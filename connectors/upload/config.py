"""What the upload connector needs to know: nothing."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class UploadConfig(BaseModel):
    """Documents come by `POST /v1/documents`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
