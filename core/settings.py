"""Every setting, one section per concern. Defaults give the embedded size.

Read from the environment (`VOUCH_SEARCH__TOP_K=5`) once, at the entry point, by `load_settings`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.errors import ConfigurationError

_PREFIX = "VOUCH_"
# Read by the command line itself as a client, so no section of the server's settings claims them.
_CLIENT_VARIABLES = frozenset({"VOUCH_API_KEY", "VOUCH_URL"})


class Section(BaseModel):
    """A group of settings: unknown keys are refused, and nothing changes after start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CatalogSettings(Section):
    url: str | None = None
    """SQLAlchemy URL; None means SQLite in the data directory."""


class EdgeIndexSettings(Section):
    engine: Literal["edge"] = "edge"
    search_ef: int = Field(default=128, ge=16, le=4096)
    """HNSW beam width: recall against latency."""


class EmbeddingSettings(Section):
    provider: str = "sentence-transformers"
    model: str | None = None
    """A hub id or local path; None means the all-MiniLM-L6-v2 that is packaged on PyPI."""
    query_prefix: str = Field(default="", max_length=500)
    """What the model wants before a question, such as `query: ` for those of the E5 family."""
    passage_prefix: str = Field(default="", max_length=500)
    """The same before a passage, such as `passage: `. Another one needs another index."""
    batch_size: int = Field(default=8, ge=1, le=512)
    """Measured best on two cores, with batches sorted by length."""
    threads: int | None = Field(default=None, ge=1, le=256)
    """Threads for the model; None leaves the choice to torch."""


class ChunkingSettings(Section):
    strategy: str = "structure"
    max_tokens: int = Field(default=256, ge=16, le=8192)
    """Budget of one chunk with its context header, in the embedder's tokens."""


class ParsingSettings(Section):
    timeout_s: float = Field(default=60, gt=0, le=3600)
    memory_limit_bytes: int = Field(default=2 * 1024**3, ge=512 * 1024**2)
    max_file_bytes: int = Field(default=100 * 1024**2, ge=1)
    workers: int = Field(default=1, ge=1, le=64)
    max_members: int = Field(default=1_000, ge=1, le=100_000)
    """Files taken out of one archive or mail, with all that is nested in it."""
    max_unpacked_bytes: int = Field(default=500 * 1024**2, ge=1)
    """Bytes of those files together; each alone may have `max_file_bytes`."""
    max_member_ratio: int = Field(default=200, ge=1, le=2_000)
    """Of unpacked to packed bytes; beyond it a large file is taken for a bomb."""
    max_depth: int = Field(default=3, ge=1, le=10)
    """Archives within archives; 1 opens the outermost alone."""


class SyncSettings(Section):
    workers: int = Field(default=2, ge=1, le=64)
    """Jobs run at once: one may parse while another embeds."""
    batch_documents: int = Field(default=32, ge=1, le=1000)
    batch_bytes: int = Field(default=1024**2, ge=1)
    deletion_guard_share: float = Field(default=0.2, ge=0, le=1)
    deletion_guard_min_documents: int = Field(default=10, ge=1)
    lease_s: float = Field(default=60, ge=5, le=3600)
    """A job whose worker has been silent for this long is given to another."""
    max_attempts: int = Field(default=5, ge=1, le=100)
    """Of a job, counted anew whenever a listing gets further."""
    suspend_after_failures: int = Field(default=3, ge=1, le=100)
    """So many failed runs in a row take a source's schedule out of service for a while."""
    first_suspension_s: float = Field(default=300, gt=0, le=86_400)
    """Doubles with each further failure, up to a day."""
    connector_timeout_s: float = Field(default=30, gt=0, le=600)
    """For one connection to a source's system, or one answer of it."""


class SearchSettings(Section):
    mode: Literal["hybrid", "dense", "sparse"] = "hybrid"
    candidate_k: int = Field(default=50, ge=1, le=1000)
    """Chunks that each retriever contributes to the fusion."""
    top_k: int = Field(default=10, ge=1, le=200)
    dense_weight: float = Field(default=1.0, gt=0, le=10)
    sparse_weight: float = Field(default=0.3, gt=0, le=10)
    """Of BM25 in the fusion. Alone it finds less than the dense vectors do (docs/quality.md)."""
    identifier_sparse_weight: float = Field(default=2.0, gt=0, le=10)
    """In its place where the question names an identifier, such as `ERR-1042`."""
    late_interaction: bool = True
    """Compare token by token what the others found, where the model gives token vectors."""
    tokens_weight: float = Field(default=1.0, gt=0, le=10)
    collapse_duplicates: bool = True
    """Give a passage that stands in several documents once, with all its locations."""
    newer_first: bool = True
    """Put the newest of several versions of one passage before the others."""
    max_query_chars: int = Field(default=4000, ge=1, le=100_000)
    max_batch_searches: int = Field(default=256, ge=1, le=10_000)
    max_batch_hits: int = Field(default=20_000, ge=200, le=1_000_000)
    """That the searches of one batch may ask for altogether: it bounds the response."""


class RerankerSettings(Section):
    provider: str | None = None
    """None means that hits stay in the order of the fusion; `auto` means the provider and model
    that an evaluation approved for the generation that is served, if one did."""
    model: str | None = None
    """For a cross-encoder a hub id or local path; for an endpoint the name that it is sent; for
    `llama_index` the dotted path of a node postprocessor."""
    arguments: dict[str, Any] = {}
    """Keyword arguments of that postprocessor's constructor, as JSON, besides the key."""
    url: AnyHttpUrl | None = None
    """The whole address of a rerank endpoint, such as `http://rerank.internal:8080/rerank`."""
    api_key: SecretStr | None = None
    dialect: Literal["tei", "cohere", "jina"] = "tei"
    """What the endpoint speaks."""
    candidate_k: int = Field(default=30, ge=1, le=500)
    """Hits that go into the reranker: those of the fusion's that it may still move up."""
    timeout_s: float = Field(default=2.0, gt=0, le=60)
    """For the whole stage. What is late is given up, and the order of the fusion is served."""
    batch_size: int = Field(default=32, ge=1, le=1024)
    """Passages in one batch of the model or one request; TEI's own limit is 32 by default."""
    failures_to_open: int = Field(default=5, ge=1, le=1000)
    """So many failures in a row, and the reranker is left alone for a while."""
    pause_s: float = Field(default=30, gt=0, le=3600)
    """That while, after which one search tries it again."""


class RewriterSettings(Section):
    """The model that makes follow-ups stand alone; without one, rules do."""

    provider: str | None = None
    """`openai_like`, or another that an installed package offers; None means by rules."""
    url: AnyHttpUrl | None = None
    """The base address of an OpenAI-compatible endpoint, such as `http://models.internal/v1`."""
    model: str | None = None
    api_key: SecretStr | None = None
    timeout_s: float = Field(default=3.0, gt=0, le=60)
    """What is late is given up, and the question is rewritten by rules."""
    failures_to_open: int = Field(default=5, ge=1, le=1000)
    """So many failures in a row, and the model is left alone for a while."""
    pause_s: float = Field(default=30, gt=0, le=3600)
    """That while, after which one question tries it again."""


class QuestionSettings(Section):
    """What is read out of a question before and while it is searched for (docs/questions.md)."""

    follow_ups: bool = True
    """A follow-up takes from the conversation what it leans on."""
    parts: bool = True
    """A question of several parts is searched for as a whole and by its parts."""
    acronyms: bool = True
    """What an acronym stands for is added, as the passages that are found define it."""
    filters: bool = True
    """Documents of a year, file kind or source that the question names are put in front."""
    rewriter: RewriterSettings = RewriterSettings()


class PassageSettings(Section):
    """What an answer reads of the hits it draws on."""

    merge_neighbours: bool = False
    """Read chunks that stand beside each other as one passage. Extractive answers, which pick
    sentences, gain nothing by it (docs/quality.md)."""
    window: int = Field(default=0, ge=0, le=10)
    """Chunks before and after each of the first `widened_hits` hits that are read along with it,
    where neighbours are merged."""
    widened_hits: int = Field(default=3, ge=0, le=50)
    max_tokens: int = Field(default=1024, ge=16, le=32_768)
    """Of a merged passage, in the embedder's tokens."""


class AnswerSettings(Section):
    top_k: int = Field(default=8, ge=1, le=50)
    """Chunks that an answer may draw on."""
    max_sentences: int = Field(default=4, ge=1, le=20)
    max_following: int = Field(default=12, ge=0, le=100)
    """Further sentences that are read on with those: the next one, a list that one introduces."""
    max_written: int = Field(default=16, ge=1, le=200)
    """Sentences of a language model; it is stopped after them."""
    min_confidence: float = Field(default=0.5, ge=0, le=1)
    """Below this the evidence is too weak, and the answer is an abstention."""
    min_confidence_to_write: float = Field(default=0.15, ge=0, le=1)
    """Below this not even a language model is asked. It is lower, because a model says itself where
    the passages hold no answer."""
    max_concurrent: int = Field(default=64, ge=1, le=10_000)
    """Answers that are made at once, a thread each; further ones are asked to come back."""
    heartbeat_s: float = Field(default=10, gt=0, le=600)
    """A stream that has been silent for so long sends a comment, before a proxy gives it up."""
    keep_days: int = Field(default=30, ge=0, le=3650)
    """Answers are kept for so long to be judged, and so is feedback after it changed last. 0 keeps
    none."""


class EndpointSettings(Section):
    """A language model, and what serves it."""

    provider: Literal["openai_like", "llama_index"] = "openai_like"
    url: AnyHttpUrl | None = None
    """The base address of an OpenAI-compatible endpoint, such as `http://models.internal/v1`."""
    model: str | None = Field(default=None, min_length=1)
    """For `llama_index` the dotted path of one of its LLM classes."""
    arguments: dict[str, Any] = {}
    """Keyword arguments of that class's constructor, as JSON, besides the key."""
    api_key: SecretStr | None = None
    timeout_s: float = Field(default=20, gt=0, le=3600)
    """For each wait: until the first word, and from one to the next."""


class ModelTierSettings(EndpointSettings):
    """A language model that writes answers."""

    style: Literal["auto", "markers", "json"] = "auto"
    """How it is asked to cite: by `[n]` behind its sentences, or in JSON with quotes. `auto` tries
    both after the start, and keeps the better; until then, `markers`."""
    context_tokens: int = Field(default=8_192, ge=1_024, le=10_000_000)
    """What fits into it, prompt and reply together: passages beyond it are left out."""
    max_tokens: int = Field(default=700, ge=16, le=100_000)
    """Of one reply."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    retries: int = Field(default=1, ge=0, le=10)
    """Of a request that failed before its first word."""
    max_concurrent: int = Field(default=16, ge=1, le=10_000)
    """Requests at once; further ones wait, no longer than `timeout_s`."""


class ModelsSettings(Section):
    """The language models that write answers, by tier; without any, sentences are quoted."""

    small: ModelTierSettings | None = None
    large: ModelTierSettings | None = None
    order: tuple[Literal["small", "large"], ...] = ("large", "small")
    """Which one is asked first; the next takes over where one fails."""
    deadline_s: float = Field(default=90, gt=0, le=3600)
    """For the whole of what models write for one answer, all attempts together."""
    failures_to_open: int = Field(default=3, ge=1, le=1000)
    """So many failures in a row, and a tier is left alone for a while."""
    pause_s: float = Field(default=30, gt=0, le=3600)
    """That while, after which one answer tries it again."""


class EntailmentSettings(EndpointSettings):
    """What says whether quotes say what a claim says (docs/checking.md). The endpoint is asked by
    the entailer `language-model` alone.
    """

    entailer: str = "packaged"
    """`packaged`, `cross-encoder`, `language-model`, or another that an installed package offers.
    Of a cross-encoder, `model` is a folder or the id of one on a model hub."""
    threshold: float = Field(default=0.5, gt=0, lt=1)
    """The probability from which a claim counts as said; the packaged entailer has its own."""


class JudgeSettings(EndpointSettings):
    """The model that `vouch eval` asks: to judge answers, and to draft questions. Serving uses none
    of it.
    """

    timeout_s: float = Field(default=60, gt=0, le=3600)
    concurrency: int = Field(default=4, ge=1, le=64)
    """Requests at once."""


class ServerSettings(Section):
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """0 lets the system pick a free port."""
    mcp_origins: tuple[str, ...] = ()
    """Of web pages that may speak MCP besides this machine's own: `["https://chat.acme.test"]`."""


class TelemetrySettings(Section):
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"


class Settings(BaseSettings):
    """The whole configuration of one process."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_dir: Path = Path(".vouch")
    catalog: CatalogSettings = CatalogSettings()
    index: EdgeIndexSettings = EdgeIndexSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    chunking: ChunkingSettings = ChunkingSettings()
    parsing: ParsingSettings = ParsingSettings()
    sync: SyncSettings = SyncSettings()
    search: SearchSettings = SearchSettings()
    reranker: RerankerSettings = RerankerSettings()
    questions: QuestionSettings = QuestionSettings()
    passages: PassageSettings = PassageSettings()
    answer: AnswerSettings = AnswerSettings()
    models: ModelsSettings = ModelsSettings()
    entailment: EntailmentSettings = EntailmentSettings()
    judge: JudgeSettings = JudgeSettings()
    server: ServerSettings = ServerSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @property
    def catalog_url(self) -> str:
        return self.catalog.url or f"sqlite:///{self.data_dir.resolve() / 'catalog.sqlite3'}"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises ConfigurationError naming each variable that is unknown or out of range.
    """
    _refuse_unknown_variables()
    try:
        return Settings()
    except SettingsError as error:
        raise ConfigurationError(
            f"The settings are not valid: {error}. Set a section's values one by one, such as "
            f"{_PREFIX}SEARCH__TOP_K=5."
        ) from error
    except ValidationError as error:
        problems = "; ".join(
            f"{_PREFIX}{'__'.join(str(part).upper() for part in item['loc'])}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"The settings are not valid. {problems}") from error


def _refuse_unknown_variables() -> None:
    # pydantic-settings ignores a variable whose section is misspelt, so its value would be lost.
    sections = {name.upper() for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        # pydantic-settings reads a name in any case.
        if name.upper().startswith(_PREFIX)
        and name.upper() not in _CLIENT_VARIABLES
        and name.upper().removeprefix(_PREFIX).split("__")[0] not in sections
    )
    if unknown:
        known = ", ".join(sorted(f"{_PREFIX}{section}" for section in sections))
        raise ConfigurationError(
            f"Unknown settings: {', '.join(unknown)}. Known ones begin with: {known}."
        )
