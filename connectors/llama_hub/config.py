"""What the LlamaIndex connector needs to know."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Secret, StringConstraints

# Importing a module runs it: no other module than a reader's may be named.
_READER = r"^llama_index\.readers(\.[A-Za-z_][A-Za-z0-9_]*)+$"

_Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Keys = Annotated[tuple[_Key, ...], Field(max_length=20)]


class LlamaHubConfig(BaseModel):
    """A reader, what to make it of, and what to make of its documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reader: str = Field(pattern=_READER, max_length=300)
    """Its dotted path, such as `llama_index.readers.json.JSONReader`."""
    init: dict[str, Any] = {}
    """Keyword arguments of its constructor, besides the secret ones of the credentials."""
    load: dict[str, Any] = {}
    """Keyword arguments of its `lazy_load_data` or `load_data`."""
    id_metadata: _Keys = ()
    """The metadata that name a document for ever, such as `["page_id"]`; the reader's own ids, or
    `file_path` with `page_label`, where it is empty."""
    has_stable_ids: bool = False
    """The reader's own ids stay the same from run to run, although they look random."""
    ignored_metadata: _Keys = ("*access*",)
    """Globs of the keys whose change is no change of the document."""
    path_metadata: _Keys = ("file_path", "path")
    """The first that a document has is the path that people filter by; else its id is."""
    title_metadata: _Keys = ("title",)
    uri_metadata: _Keys = ("url", "uri", "link", "source_url", "web_link")
    text_format: Literal["markdown", "text"] = "markdown"


class LlamaHubCredentials(BaseModel):
    """Secret keyword arguments of the reader's constructor, by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    init: Secret[dict[str, str]] = Field(json_schema_extra={"writeOnly": True})
