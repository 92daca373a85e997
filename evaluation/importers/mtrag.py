"""MTRAG, IBM's multi-turn benchmark, in each of its three forms.

Source: Katsis et al., TACL 2025; https://github.com/IBM/mt-rag-benchmark.
"""

from __future__ import annotations

from pathlib import Path

from evaluation.importers.contract import ImportOptions
from evaluation.importers.mtrag_conversations import import_conversations
from evaluation.importers.mtrag_corpus import add_passages
from evaluation.importers.mtrag_retrieval import import_retrieval_tasks
from evaluation.importers.mtrag_tasks import import_tasks
from evaluation.importers.writer import SetWriter


class MtragImporter:
    """A folder holds retrieval tasks, a `.json` file conversations, any other generation tasks.

    A passage that annotators hold relevant is gold, and any one of a question's suffices. Passages
    that come with conversations and tasks are documents, relevant or not; `corpus`, one of
    MTRAG's own, adds all the others. Retrieval tasks come without passages and need it.
    """

    def import_set(self, path: Path, writer: SetWriter, options: ImportOptions) -> None:
        if path.is_dir():
            import_retrieval_tasks(path, writer, options)
            return
        if options.corpus is not None:
            add_passages(options.corpus, writer)
        if path.suffix == ".json":
            import_conversations(path, writer)
        else:
            import_tasks(path, writer)
