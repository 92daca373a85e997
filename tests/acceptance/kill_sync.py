"""SIGKILL again and again during one sync: does the index end equal to an undisturbed run's?

    python -m tests.acceptance.kill_sync git [--documents 2000] [--kills 50] [--seed 7]
    python -m tests.acceptance.kill_sync s3

Serves the documents from a real repository or S3 server, syncs them once undisturbed, then once in
a `vouch up` that is killed at random moments and started again. Compares every point (id, payload,
vector), every document of the catalog, and that one more sync finds nothing to do. Exits with 1
and the differences where there are any. A kill in ten falls into the server's start.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from core.settings import SyncSettings
from tests.acceptance.index_content import differences, read_stored
from tests.integration.connectors.git_world import GitWorld
from tests.integration.connectors.s3_server import running_server
from vouch.client import VouchClient

_WORDS = "amber birch cedar delta ember fjord grove heron inlet jetty kelp lagoon marsh".split()
_SHOWN_DIFFERENCES = 20
_START_S = 60.0
_FIRST_WINDOW_S = 2.0
_UNFINISHED = ("queued", "listing", "processing")


def main() -> None:
    parser = argparse.ArgumentParser(description="A sync that is killed again and again.")
    parser.add_argument("kind", choices=["git", "s3"])
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    documents = dict(_documents(generator, arguments.documents))
    with tempfile.TemporaryDirectory() as name, _source(arguments.kind, documents, name) as source:
        folder = Path(name)
        started = time.monotonic()
        _sync(folder / "undisturbed", source)
        print(f"undisturbed: {time.monotonic() - started:.0f} s with its start", flush=True)
        kills = _sync_and_kill(
            folder / "killed", source, kills=arguments.kills, total=len(documents), random=generator
        )
        expected, actual = read_stored(folder / "undisturbed"), read_stored(folder / "killed")
    found = differences(expected, actual)
    print(
        f"{arguments.kind}: {len(expected.documents)} documents, {len(expected.points)} points; "
        f"{kills} kills; {len(found)} differences"
    )
    for difference in found[:_SHOWN_DIFFERENCES]:
        print(f"  {difference}")
    if found or kills < arguments.kills or len(expected.documents) != len(documents):
        sys.exit(1)


def _documents(generator: random.Random, count: int) -> Iterator[tuple[str, bytes]]:
    for number in range(count):
        parts = [
            f"## Part {part}\n\n{' '.join(generator.choices(_WORDS, k=40))}."
            for part in range(generator.randrange(1, 4))
        ]
        text = "\n\n".join([f"# Page {number}", *parts])
        yield f"folder{number % 40:02}/page{number:05}.md", text.encode()


@contextmanager
def _source(kind: str, documents: dict[str, bytes], folder: str) -> Iterator[dict[str, Any]]:
    """The registration of a source that holds the documents, while it does."""
    owner = {"name": "Docs team", "contact": "docs@acme.test"}
    common = {"name": kind, "kind": kind, "acl": ["everyone"], "owner": owner}
    if kind == "git":
        world = GitWorld(Path(folder) / "repository.git")
        for path, content in documents.items():
            world.stage(path, content)
        world.commit()
        yield common | {"config": {"url": world.url, "allow_local": True}}
        world.repo.close()
        return
    with running_server() as server:
        bucket = server.bucket()
        for path, content in documents.items():
            bucket.put(path, content)
        yield common | {
            "config": {"bucket": bucket.name, "endpoint_url": server.url},
            "credentials": {"access_key_id": "test-key", "secret_access_key": "test-secret"},
            "sync": {"allow_private_network": True},
        }


def _sync(data_dir: Path, source: dict[str, Any]) -> None:
    with _server(data_dir) as (_, client):
        run = _finished(client, _begin(client, source))
        assert run["state"] == "succeeded", run


def _sync_and_kill(
    data_dir: Path, source: dict[str, Any], *, kills: int, total: int, random: random.Random
) -> int:
    """How often it was killed before it ended."""
    with _server(data_dir) as (process, client):
        run_id = _begin(client, source)
        _kill(process)
    done, worked_s, seen = 1, 0.0, 0
    while done < kills and seen < total:
        # So long on average that the kills are spread over the whole sync.
        share = (total - seen) / (kills - done + 1)
        window_s = 2 * share * worked_s / seen if seen else _FIRST_WINDOW_S * done
        process = _start(data_dir)[0]
        if random.random() < 0.1:
            time.sleep(random.uniform(0, 4))
        else:
            _wait_for_work(data_dir, process)
            delay = random.uniform(0, window_s)
            time.sleep(delay)
            worked_s += delay
        _kill(process)
        done += 1
        seen = _indexed(data_dir)
        print(f"kill {done}: {seen} documents indexed", flush=True)
    with _server(data_dir) as (_, client):
        run = _finished(client, run_id)
        print(f"the run: {run['state']}, {run['added']} added, {run['failed']} failed")
        assert run["state"] == "succeeded", run
        again = _finished(client, client.post(f"/v1/sources/{run['source_id']}/sync")["id"])
        assert (again["to_process"], again["deleted"]) == (0, 0), again
        everything = {"scope": "everything"}
        run_id = client.post(f"/v1/sources/{run['source_id']}/sync", everything)["id"]
        again = _finished(client, run_id)
        assert (again["unchanged"], again["to_process"]) == (total, 0), again
    return done


def _begin(client: VouchClient, source: dict[str, Any]) -> str:
    source_id = client.post("/v1/sources", source)["id"]
    return str(client.post(f"/v1/sources/{source_id}/sync")["id"])


def _finished(client: VouchClient, run_id: str) -> dict[str, Any]:
    (source,) = client.get("/v1/sources")
    while True:
        run: dict[str, Any] = client.get(f"/v1/sources/{source['id']}/runs/{run_id}")
        if run["state"] not in _UNFINISHED:
            return run | {"source_id": source["id"]}
        time.sleep(0.2)


@contextmanager
def _server(data_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], VouchClient]]:
    """`vouch up`, ready, and a client of it; stopped at the end."""
    process, url = _start(data_dir)
    try:
        with httpx.Client(base_url=url, trust_env=False) as http:
            _wait_until_ready(http, process)
        with closing(VouchClient(url, api_key=(data_dir / "admin.key").read_text())) as client:
            yield process, client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _start(data_dir: Path) -> tuple[subprocess.Popen[bytes], str]:
    data_dir.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    environment = {"VOUCH_DATA_DIR": str(data_dir), "VOUCH_SERVER__PORT": str(port)}
    with (data_dir / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "vouch", "up"],
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
    return process, f"http://127.0.0.1:{port}"


def _wait_until_ready(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        try:
            if http.get("/health/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server is not ready")


def _wait_for_work(data_dir: Path, process: subprocess.Popen[bytes]) -> None:
    """Until this process has begun a job."""
    # The jobs of the killed one look as if they were being done, until they are set free.
    lease_end = datetime.now(UTC) + timedelta(seconds=SyncSettings().lease_s)
    query = "SELECT count(*) FROM jobs WHERE lease_expires_at > ?"
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server has ended"
        if _count(data_dir, query, f"{lease_end:%Y-%m-%d %H:%M:%S.%f}"):
            return
        time.sleep(0.02)
    raise AssertionError("no job has been begun")


def _indexed(data_dir: Path) -> int:
    return _count(data_dir, "SELECT count(*) FROM documents WHERE state = 'indexed'")


def _count(data_dir: Path, query: str, *values: str) -> int:
    with closing(sqlite3.connect(f"file:{data_dir}/catalog.sqlite3?mode=ro", uri=True)) as database:
        return int(database.execute(query, values).fetchone()[0])


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


if __name__ == "__main__":
    main()
