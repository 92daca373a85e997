"""Jobs: one holder at a time, and no job is lost with its holder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.catalog.database import Database
from core.catalog.models import Job, RunState, Source, SyncRun, utc_now
from core.jobs import (
    ClaimedJob,
    FinishRun,
    IndexDocuments,
    JobPayload,
    JobStore,
    SyncSource,
    add_job,
    cancel_jobs,
    has_unfinished_jobs,
    reset_attempts,
)

LEASE = timedelta(seconds=60)


@pytest.fixture
def jobs(database: Database) -> JobStore:
    return JobStore(database=database, lease=LEASE)


@pytest.fixture
def run_id(database: Database) -> str:
    source = Source(
        id="source",
        name="docs",
        kind="filesystem",
        config={},
        acl=[],
        sensitivity="internal",
        owner_name="Docs team",
        owner_contact="docs@acme.test",
        created_by="ana",
    )
    with database.write() as session:
        session.add(source)
        session.flush()
        session.add(
            SyncRun(id="run", source_id="source", state=RunState.QUEUED, requested_by="ana")
        )
    return "run"


def add(
    database: Database, payload: JobPayload, *, key: str = "key", source_id: str = "source"
) -> str:
    with database.write() as session:
        job_id = add_job(session, payload, source_id=source_id, unique_key=key)
    assert job_id is not None
    return job_id


def claim(jobs: JobStore, job_id: str) -> ClaimedJob:
    job = jobs.claim_next()
    assert job is not None
    assert job.id == job_id
    return job


def let_lease_run_out(database: Database, job: ClaimedJob) -> None:
    with database.write() as session:
        session.execute(
            update(Job)
            .where(Job.id == job.id)
            .values(lease_expires_at=utc_now() - timedelta(seconds=1))
        )


def test_claimed_job_carries_the_payload_that_was_added(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    payload = IndexDocuments(run_id=run_id, document_ids=("a", "b"))
    job = claim(jobs, add(database, payload))
    assert job.payload == payload
    assert job.attempt == 1


def test_claimed_job_cannot_be_claimed_again(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    job_id = add(database, SyncSource(run_id=run_id))
    claim(jobs, job_id)
    assert jobs.claim_next() is None
    assert jobs.list_due(limit=10) == []


def test_of_many_that_claim_at_once_one_gets_the_job(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    add(database, SyncSource(run_id=run_id))
    with ThreadPoolExecutor(max_workers=8) as pool:
        claims = list(pool.map(lambda _: jobs.claim_next(), range(8)))
    assert sum(claim is not None for claim in claims) == 1


def test_without_jobs_there_is_nothing_to_claim(jobs: JobStore) -> None:
    assert jobs.claim_next() is None


def test_job_whose_lease_ran_out_goes_to_another_and_its_first_holder_is_told(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    lost = claim(jobs, add(database, SyncSource(run_id=run_id)))
    let_lease_run_out(database, lost)
    assert jobs.list_due(limit=10) == [lost.id]
    taken = claim(jobs, lost.id)
    assert taken.attempt == 2
    assert not jobs.heartbeat(lost)
    assert not jobs.finish(lost)
    assert not jobs.fail(lost, error_code="late")
    assert not jobs.retry_later(lost, delay=timedelta(0), error_code="late")
    assert jobs.heartbeat(taken)
    assert jobs.finish(taken)


def test_heartbeat_extends_the_lease(database: Database, jobs: JobStore, run_id: str) -> None:
    job = claim(jobs, add(database, SyncSource(run_id=run_id)))
    let_lease_run_out(database, job)
    assert jobs.heartbeat(job)
    assert jobs.claim_next() is None


@pytest.mark.parametrize("ending", ["finish", "fail"])
def test_ended_job_is_never_due_again(
    database: Database, jobs: JobStore, run_id: str, ending: str
) -> None:
    job = claim(jobs, add(database, SyncSource(run_id=run_id)))
    ended = jobs.finish(job) if ending == "finish" else jobs.fail(job, error_code="broken")
    assert ended
    assert jobs.list_due(limit=10) == []
    assert jobs.claim_next() is None
    assert not jobs.heartbeat(job)


def test_job_given_back_is_due_only_after_its_delay(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    job = claim(jobs, add(database, SyncSource(run_id=run_id)))
    assert jobs.retry_later(job, delay=timedelta(hours=1), error_code="busy")
    assert jobs.list_due(limit=10) == []
    assert jobs.claim_next() is None
    with database.write() as session:
        session.execute(update(Job).values(not_before=utc_now() - timedelta(seconds=1)))
    assert claim(jobs, job.id).attempt == 2


def test_restart_frees_what_the_dead_process_held(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    held = claim(jobs, add(database, SyncSource(run_id=run_id), key="held"))
    done = claim(jobs, add(database, SyncSource(run_id=run_id), key="done"))
    jobs.finish(done)
    add(database, SyncSource(run_id=run_id), key="waiting")
    assert jobs.release_all() == 1
    assert held.id in jobs.list_due(limit=10)
    assert done.id not in jobs.list_due(limit=10)
    assert not jobs.heartbeat(held)
    assert jobs.release_all() == 0


def test_due_jobs_come_oldest_first_up_to_the_limit(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    added = [add(database, SyncSource(run_id=run_id), key=str(number)) for number in range(4)]
    assert jobs.list_due(limit=10) == added
    assert jobs.list_due(limit=2) == added[:2]


def test_second_job_with_the_same_key_is_not_added(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    first = add(database, SyncSource(run_id=run_id), key="once")
    with database.write() as session:
        assert (
            add_job(session, FinishRun(run_id=run_id), source_id="source", unique_key="once")
            is None
        )
    assert jobs.list_due(limit=10) == [first]


def test_job_added_in_a_transaction_that_fails_is_not_there(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    def add_and_fail() -> None:
        with database.write() as session:
            add_job(session, SyncSource(run_id=run_id), source_id="source", unique_key="key")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert jobs.list_due(limit=10) == []


def test_run_has_unfinished_jobs_until_all_but_the_asking_one_have_ended(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    other = claim(jobs, add(database, SyncSource(run_id=run_id), key="other"))
    own = add(database, FinishRun(run_id=run_id), key="own")
    with database.read() as session:
        assert has_unfinished_jobs(session, run_id, besides=own)
    jobs.fail(other, error_code="broken")
    with database.read() as session:
        assert not has_unfinished_jobs(session, run_id, besides=own)


@pytest.fixture
def other_run_id(database: Database, run_id: str) -> str:
    with database.write() as session:
        source = session.get_one(Source, "source")
        values = {
            column.key: getattr(source, column.key)
            for column in Source.__table__.columns
            if column.key not in ("id", "name")
        }
        session.add(Source(id="other", name="other", **values))
        session.flush()
        session.add(
            SyncRun(id="other-run", source_id="other", state=RunState.QUEUED, requested_by="ana")
        )
    return "other-run"


def test_sources_take_turns_whatever_the_number_of_their_jobs(
    database: Database, jobs: JobStore, run_id: str, other_run_id: str
) -> None:
    for number in range(6):
        add(database, SyncSource(run_id=run_id), key=f"many-{number}")
    for number in range(2):
        add(database, SyncSource(run_id=other_run_id), key=f"few-{number}", source_id="other")
    served = []
    while (job := jobs.claim_next()) is not None:
        served.append(job.source_id)
        jobs.finish(job)
    assert served == ["source", "other", "source", "other", "source", "source", "source", "source"]


def test_free_worker_goes_to_the_source_with_fewer_jobs_under_way(
    database: Database, jobs: JobStore, run_id: str, other_run_id: str
) -> None:
    for number in range(4):
        add(database, SyncSource(run_id=run_id), key=f"many-{number}")
    first = jobs.claim_next()
    second = jobs.claim_next()
    add(database, SyncSource(run_id=other_run_id), key="late", source_id="other")
    third = jobs.claim_next()
    assert [job.source_id for job in (first, second, third) if job] == ["source", "source", "other"]


def test_source_never_has_more_jobs_under_way_than_its_limit(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    with database.write() as session:
        session.get_one(Source, "source").max_concurrent_jobs = 1
    for number in range(3):
        add(database, SyncSource(run_id=run_id), key=str(number))
    held = jobs.claim_next()
    assert held is not None
    assert jobs.claim_next() is None
    jobs.finish(held)
    assert jobs.claim_next() is not None


def test_job_that_got_further_is_as_if_it_had_never_failed(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    job = claim(jobs, add(database, SyncSource(run_id=run_id)))
    jobs.retry_later(job, delay=timedelta(0), error_code="busy")
    again = claim(jobs, job.id)
    assert jobs.count_attempts(again) == 2
    with database.write() as session:
        reset_attempts(session, again)
    assert jobs.count_attempts(again) == 1


def test_cancelled_jobs_are_lost_to_their_holders_and_taken_by_nobody(
    database: Database, jobs: JobStore, run_id: str
) -> None:
    held = claim(jobs, add(database, SyncSource(run_id=run_id), key="held"))
    add(database, FinishRun(run_id=run_id), key="waiting")
    with database.write() as session:
        cancel_jobs(session, run_id)
    assert not jobs.heartbeat(held)
    assert not jobs.finish(held)
    assert jobs.claim_next() is None
    with database.read() as session:
        assert not has_unfinished_jobs(session, run_id, besides="")
