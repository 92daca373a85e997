"""The one-process composition: serving and ingest over the embedded catalog, index and queue."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from celery import Celery

from core.answers import AnswerStore
from core.assistants import AssistantStore
from core.blobs import FsspecTextStore, TextStore
from core.catalog.database import Database
from core.catalog.models import Generation
from core.credentials import CredentialStore
from core.errors import ConfigurationError
from core.feedback import FeedbackStore
from core.generations import ensure_active_generation
from core.identity import Identity
from core.jobs import JobStore, ring_all
from core.removal import SourceRemover
from core.runs import RunStore
from core.secrets import load_or_create_secret
from core.settings import EmbeddingSettings, RerankerSettings, RewriterSettings, Settings
from core.sources import SourceStore
from core.uploads import UploadStore
from core.vault import Vault
from ingest.chunkers.contract import Chunker
from ingest.chunkers.registry import load_chunker
from ingest.connecting import SourceConnections
from ingest.indexing import BatchIndexer
from ingest.parsers.registry import PARSED_TEXT
from ingest.parsing import ParsingSandbox
from ingest.preparing import DocumentPreparer
from ingest.reading import DocumentReader
from ingest.runner import JobRunner
from ingest.scheduling import Scheduler
from ingest.sync.engine import SyncEngine
from ingest.tasks import CeleryDoorbell, build_celery
from ingest.unpacking.contract import UnpackLimits
from ingest.verify import repair_index
from ingest.worker import EmbeddedWorker, Reconciler
from retrieval.embedders.contract import Embedder, PassageEmbedder, load_embedder
from retrieval.embedders.remembering import RememberingEncoder
from retrieval.embedders.sentence_transformers import SentenceTransformersEmbedder
from retrieval.index.contract import VectorIndex
from retrieval.index.edge import EdgeIndex
from retrieval.passages.neighbours import NeighbourMerger
from retrieval.pipeline import Retriever
from retrieval.questions.contract import load_rewriter
from retrieval.questions.rewriting import RewriteStage
from retrieval.questions.understanding import QuestionUnderstanding
from retrieval.rerankers.choice import choose_reranker
from retrieval.rerankers.stage import RerankStage
from retrieval.sparse import BM25_TEXT, Bm25Encoder
from serving.answer.recording import AnswerRecorder
from serving.answer.runner import AnswerRunner
from serving.answer.service import AnswerService
from serving.answering.clarifying import Clarifier
from serving.answering.evidence import SentenceScorer
from serving.answering.extractive import ExtractiveAnswerer
from serving.answering.foreign_words import ForeignWords
from serving.answering.relevance import Relevance
from serving.answering.verifying import ClaimVerifier
from serving.answering.writing.probing import StyleProber
from serving.answering.writing.writer import ModelWriter
from serving.check.service import CheckService
from serving.checking.alignment.support import SupportFinder
from serving.checking.default import default_checker
from serving.checking.entailment.registry import load_entailer
from serving.documents.service import DocumentService
from serving.models.tier import load_tiers
from serving.models.tiers import ModelTiers
from serving.search.service import SearchService
from serving.services import Services
from serving.uploads.service import UploadService


class DataFolderInUse(ConfigurationError):
    """Another process has the data folder open; the embedded size has one at a time."""

    title = "Data folder in use"


class Embedded:
    """Everything of the embedded size, open and working, until closed."""

    def __init__(self, settings: Settings) -> None:
        with ExitStack() as stack:
            self.services = _compose(settings, stack)
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Finish the jobs that are under way, flush, and let go of the data folder."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _compose(settings: Settings, stack: ExitStack) -> Services:
    """What is opened first is closed last."""
    data_dir = settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    _lock(data_dir, stack)
    stack.enter_context(_temporary_files_in(data_dir / "tmp"))
    database = Database(settings.catalog_url)
    stack.callback(database.close)
    database.upgrade()
    embedder = load_embedder(settings.embedding)
    generation = ensure_active_generation(
        database,
        embedder=_embedder_name(embedder),
        dimension=embedder.dimension,
        chunker=f"{settings.chunking.strategy}/{settings.chunking.max_tokens} over {PARSED_TEXT}",
    )
    index = EdgeIndex(
        data_dir / "index" / generation.collection,
        dimension=embedder.dimension,
        settings=settings.index,
        token_dimension=embedder.token_dimension,
    )
    stack.callback(index.close)
    texts = FsspecTextStore(data_dir / "texts")
    uploads = UploadStore(data_dir / "uploads")
    credentials = CredentialStore(database=database, vault=Vault.open(data_dir / "vault.keys"))
    sparse_encoder = Bm25Encoder()
    answers = AnswerStore(database=database, keep_days=settings.answer.keep_days)
    recorder = AnswerRecorder(answers=answers)
    stack.callback(recorder.close)
    celery = _start_worker(
        settings,
        stack,
        database=database,
        texts=texts,
        index=index,
        connections=SourceConnections(
            credentials=credentials,
            uploads=uploads,
            cache_dir=data_dir / "cache",
            max_file_bytes=settings.parsing.max_file_bytes,
            timeout_s=settings.sync.connector_timeout_s,
        ),
        embedder=embedder,
        sparse_encoder=sparse_encoder,
        generation=generation,
        answers=answers,
    )
    reranker = _open_reranker(settings.reranker, stack, approved=generation.reranker)
    search = SearchService(
        retriever=Retriever(
            embedder=embedder,
            sparse_encoder=sparse_encoder,
            index=index,
            settings=settings.search,
            questions=QuestionUnderstanding(
                settings.questions, rewriter=_open_rewriter(settings.questions.rewriter, stack)
            ),
            reranker=reranker,
            merger=NeighbourMerger(index=index, texts=texts, settings=settings.passages),
        ),
        database=database,
        settings=settings.search,
    )
    packaged = _packaged_embedder(embedder)
    word_encoder = RememberingEncoder(packaged)
    # Sentences of passages are compared by the model that searches.
    sentences: PassageEmbedder = word_encoder if packaged is embedder else embedder
    finder = SupportFinder(sentences)
    entailer = load_entailer(settings.entailment, encoder=word_encoder)
    documents = DocumentService(database=database, texts=texts)
    verifier = ClaimVerifier(default_checker(texts, entailer))
    runner = AnswerRunner(
        AnswerService(
            search=search,
            answerer=ExtractiveAnswerer(
                scorer=SentenceScorer(queries=embedder, sentences=sentences),
                foreign=ForeignWords(word_encoder),
                settings=settings.answer,
            ),
            writer=_open_writer(settings, stack, finder, verifier),
            verifier=verifier,
            relevance=Relevance(word_encoder),
            clarifier=Clarifier(),
            recorder=recorder,
            settings=settings.answer,
        ),
        max_concurrent=settings.answer.max_concurrent,
        heartbeat_s=settings.answer.heartbeat_s,
    )
    stack.callback(runner.close)
    sources = SourceStore(database=database, credentials=credentials)
    doorbell = CeleryDoorbell(celery)
    runs = RunStore(database=database, doorbell=doorbell)
    return Services(
        database=database,
        index=index,
        identity=Identity(
            database=database, secret=load_or_create_secret(data_dir / "instance.key")
        ),
        sources=sources,
        credentials=credentials,
        runs=runs,
        remover=SourceRemover(database=database, doorbell=doorbell),
        uploads=UploadService(
            sources=sources,
            runs=runs,
            store=uploads,
            max_file_bytes=settings.parsing.max_file_bytes,
        ),
        reranker=reranker.name if reranker is not None else None,
        documents=documents,
        checks=CheckService(documents=documents, finder=finder, entailer=entailer),
        search=search,
        assistants=AssistantStore(database=database),
        runner=runner,
        answers=answers,
        recorder=recorder,
        feedback=FeedbackStore(database=database, answers=answers),
        mcp_origins=settings.server.mcp_origins,
    )


def _start_worker(
    settings: Settings,
    stack: ExitStack,
    *,
    database: Database,
    texts: TextStore,
    index: VectorIndex,
    connections: SourceConnections,
    embedder: Embedder,
    sparse_encoder: Bm25Encoder,
    generation: Generation,
    answers: AnswerStore,
) -> Celery:
    sandbox = stack.enter_context(
        ParsingSandbox(
            timeout_s=settings.parsing.timeout_s,
            memory_limit_bytes=settings.parsing.memory_limit_bytes,
            max_file_bytes=settings.parsing.max_file_bytes,
            workers=settings.parsing.workers,
            unpack_limits=UnpackLimits(
                max_members=settings.parsing.max_members,
                max_unpacked_bytes=settings.parsing.max_unpacked_bytes,
                max_member_bytes=settings.parsing.max_file_bytes,
                max_member_ratio=settings.parsing.max_member_ratio,
                max_depth=settings.parsing.max_depth,
            ),
        )
    )
    jobs = JobStore(database=database, lease=timedelta(seconds=settings.sync.lease_s))
    # The lock on the folder says that no other worker lives: whatever is held is held by the dead.
    jobs.release_all()
    runner: JobRunner
    celery = build_celery(broker_url="memory://localhost", run_next=lambda: runner.run_next())
    doorbell = CeleryDoorbell(celery)
    indexer = BatchIndexer(
        database=database,
        texts=texts,
        reader=DocumentReader(
            sandbox=sandbox,
            preparer=DocumentPreparer(sandbox=sandbox, chunker=chunker_for(settings, embedder)),
            generation_id=generation.id,
        ),
        embedder=embedder,
        sparse_encoder=sparse_encoder,
        index=index,
        generation_id=generation.id,
    )
    engine = SyncEngine(
        database=database,
        texts=texts,
        index=index,
        indexer=indexer,
        connections=connections,
        generation_id=generation.id,
        settings=settings.sync,
        doorbell=doorbell,
    )
    runner = JobRunner(jobs=jobs, engine=engine, settings=settings.sync, doorbell=doorbell)
    worker = EmbeddedWorker(celery, concurrency=settings.sync.workers)
    worker.start()
    stack.callback(worker.stop)
    ring_all(doorbell, repair_index(database, index))
    reconciler = Reconciler(
        jobs=jobs,
        doorbell=doorbell,
        scheduler=Scheduler(database=database, doorbell=doorbell),
        answers=answers,
        workers=settings.sync.workers,
    )
    reconciler.start()
    stack.callback(reconciler.stop)
    return celery


def _embedder_name(embedder: Embedder) -> str:
    """As a generation records it: other vectors, of whatever kind, make another index."""
    kinds = [kind for kind in (embedder.token_vectors, BM25_TEXT) if kind is not None]
    return f"{embedder.name} with {' and '.join(kinds)}"


def _packaged_embedder(embedder: Embedder) -> SentenceTransformersEmbedder:
    """The model that checks are calibrated for, whichever one searches."""
    if isinstance(embedder, SentenceTransformersEmbedder) and embedder.is_packaged:
        return embedder
    return SentenceTransformersEmbedder.from_settings(EmbeddingSettings())


def _open_writer(
    settings: Settings, stack: ExitStack, finder: SupportFinder, verifier: ClaimVerifier
) -> ModelWriter | None:
    """None where no language model is configured: sentences are quoted then."""
    tiers = load_tiers(settings.models)
    if not tiers:
        return None
    prober = StyleProber(tiers, pause_s=settings.models.pause_s)
    prober.start()
    stack.callback(prober.close)
    return ModelWriter(
        tiers=ModelTiers(tiers, deadline_s=settings.models.deadline_s),
        finder=finder,
        verifier=verifier,
        settings=settings.answer,
    )


def _open_reranker(
    settings: RerankerSettings, stack: ExitStack, *, approved: str | None
) -> RerankStage | None:
    reranker = choose_reranker(settings, approved=approved)
    if reranker is None:
        return None
    stage = RerankStage(reranker, settings=settings)
    stack.callback(stage.close)
    return stage


def _open_rewriter(settings: RewriterSettings, stack: ExitStack) -> RewriteStage | None:
    rewriter = load_rewriter(settings)
    if rewriter is None:
        return None
    stage = RewriteStage(rewriter, settings=settings)
    stack.callback(stage.close)
    return stage


def chunker_for(settings: Settings, embedder: Embedder) -> Chunker:
    """The configured chunker, within the embedder's own limit."""
    max_tokens = min(settings.chunking.max_tokens, embedder.max_tokens)
    return load_chunker(settings.chunking.strategy)(max_tokens=max_tokens, tokens=embedder)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Let the process make its temporary files here, and delete those of one that was killed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)


def _lock(data_dir: Path, stack: ExitStack) -> None:
    """Hold the data folder until closed. The system drops the lock of a process that dies."""
    file = stack.enter_context((data_dir / "lock").open("a+"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise DataFolderInUse(
            f"Process {file.read().strip() or 'unknown'} uses the data folder {data_dir}. Wait "
            "until it is done, or start `vouch up`: every command then works through the server."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
