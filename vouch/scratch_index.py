"""A server of one's own over an evaluation set's documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ConfigurationError
from core.settings import ServerSettings, Settings
from evaluation.sets import EvaluationSet
from vouch.api_under_test import ApiUnderTest, api_under_test
from vouch.ingesting import ensure_source, print_failures, run_sync
from vouch.server import ADMIN_KEY_FILE, running_vouch

_SOURCE = "corpus"


@contextmanager
def corpus_served(
    evaluation_set: EvaluationSet, settings: Settings, data_dir: Path
) -> Iterator[ApiUnderTest]:
    """Ingest the set's corpus into `data_dir`, what is not there yet, and serve it for the block.

    Prints the documents that failed: questions about them count as not found. Raises
    ConfigurationError for a set without documents or of which none can be indexed, or that asks as
    users without saying who may read what.
    """
    if evaluation_set.corpus is None:
        raise ConfigurationError("This set has no documents: ask a live server with --server.")
    access = evaluation_set.access
    asked_as = next((q.as_user for q in evaluation_set.questions if q.as_user), None)
    if asked_as is not None and not access.acl:
        raise ConfigurationError(
            f"Questions are asked as {asked_as}, and the set does not say who may read its "
            "documents. Add access.json to it, or ask a live server with --server."
        )
    scratch = settings.model_copy(
        update={"data_dir": data_dir, "server": ServerSettings(host="127.0.0.1", port=0)}
    )
    with running_vouch(scratch) as (url, _):
        key = (data_dir / ADMIN_KEY_FILE).read_text()
        with api_under_test(url, api_key=key, own_source=_SOURCE) as api:
            admin = api.client()
            for group, users in access.groups.items():
                admin.put(f"/v1/groups/{group}", {"users": list(users)})
            source = ensure_source(
                admin,
                evaluation_set.corpus.resolve(),
                name=_SOURCE,
                owner=None,
                acl=access.acl,
            )
            sync = run_sync(
                admin, source["id"], dry_run=False, scope="changes", approve_deletions=False
            )
            if sync["failed"]:
                print_failures(admin, source["id"])
            if sync["state"] != "succeeded" or sync["failed"] == sync["seen"]:
                raise ConfigurationError(
                    f"The documents in {evaluation_set.corpus} could not be indexed, so there is "
                    "nothing to ask. The reasons stand above."
                )
            yield api
