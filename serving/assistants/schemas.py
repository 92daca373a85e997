"""The assistant endpoints' requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator

from core.access import EVERYONE
from core.assistants import ModelTierName, UnsupportedPolicy
from serving.schemas import Owner, RequestModel

_Description = Annotated[
    str, Field(max_length=1000, examples=["Answers from the people handbook."])
]
_Acl = Annotated[
    list[str],
    Field(
        max_length=1000,
        description="Who may use it; empty: nobody. What they may read is the documents' to say.",
        examples=[["everyone"], ["group:hr"]],
    ),
]
_Sources = Annotated[
    list[str],
    Field(
        max_length=100,
        description="Names or ids of the sources that it answers from; empty: all that the asker "
        "may read.",
        examples=[["handbook"]],
    ),
]
_Unsupported = Annotated[
    UnsupportedPolicy,
    Field(
        description="What becomes of a sentence that its citation does not support, unless the "
        "request says it: it is left out, delivered with its verdict, or the answer is an error."
    ),
]
_Tier = Annotated[
    ModelTierName | None,
    Field(description="The model tier that is asked first; null: in the configured order."),
]
_Language = Annotated[
    str | None,
    Field(
        pattern="^[a-z]{2}$",
        description="The language that a model answers in, by its ISO 639-1 code; null: the "
        "question's.",
    ),
]


class AssistantRequest(RequestModel):
    """An assistant to define."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="Also the name of a model in `/v1/models`.",
        examples=["people"],
    )
    description: _Description = ""
    owner: Owner
    acl: _Acl = Field(default=[EVERYONE])
    sources: _Sources = Field(default=[])
    unsupported: _Unsupported = "drop"
    tier: _Tier = None
    language: _Language = None


class AssistantUpdate(RequestModel):
    """What to change of an assistant; what is left out stays."""

    description: _Description | None = None
    owner: Owner | None = None
    acl: _Acl | None = None
    sources: _Sources | None = None
    unsupported: _Unsupported | None = None
    tier: _Tier = None
    language: _Language = None

    @field_validator("description", "owner", "acl", "sources", "unsupported")
    @classmethod
    def _is_given(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("null is no value for this: leave it out to keep what is there")
        return value


class AssistantInfo(BaseModel):
    """An assistant. Its readers and sources are shown to admins: their names may tell something."""

    name: str
    description: str
    owner: Owner
    acl: list[str] | None = Field(description="Null unless the caller is an admin.")
    sources: list[str] | None = Field(
        description="Names, or the ids of sources that are gone; empty: all. Null unless the "
        "caller is an admin."
    )
    unsupported: UnsupportedPolicy
    tier: ModelTierName | None
    language: str | None
    is_built_in: bool
    created_at: datetime
