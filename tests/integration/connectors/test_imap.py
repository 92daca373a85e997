"""A mailbox beyond the kit: threads, attachments, folders, and what a server changes or refuses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.context import ConnectorContext
from connectors.contract import (
    DocumentUnreadable,
    DocumentVanished,
    FileTooLarge,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import EgressPolicy
from connectors.imap.config import ImapConfig, ImapCredentials
from connectors.imap.connector import ImapConnector
from connectors.imap.errors import CommandRefused
from connectors.imap.session import Folder, Session
from connectors.imap.syncing import MailboxSync
from tests.integration.connectors.imap_mailbox import (
    FIRST_DAY,
    Mailbox,
    content,
    listed,
    logged_in,
    mail,
)
from tests.integration.connectors.imap_relays import relay
from tests.integration.connectors.imap_servers import PASSWORD, MailServer, dovecot_server

_numbers = itertools.count()


@pytest.fixture(scope="module")
def dovecot() -> Iterator[MailServer]:
    with dovecot_server() as running:
        yield running


@pytest.fixture
def mailbox(dovecot: MailServer) -> Iterator[Mailbox]:
    with logged_in(dovecot.port, f"ben-{next(_numbers)}", dovecot.mail) as found:
        yield found


Opening = Callable[..., ImapConnector]


@pytest.fixture
def open_source(mailbox: Mailbox, tmp_path: Path) -> Iterator[Opening]:
    opened = []

    def make(
        *, port: int | None = None, max_file_bytes: int = 10**6, **config: Any
    ) -> ImapConnector:
        context = ConnectorContext(
            source_id="source",
            cache_dir=tmp_path,
            egress=EgressPolicy(allow_private=True),
            max_file_bytes=max_file_bytes,
            timeout_s=5,
        )
        opened.append(
            ImapConnector.open(
                ImapConfig(
                    host="127.0.0.1",
                    port=port or mailbox.port,
                    tls="none",
                    allow_plain=True,
                    **config,
                ),
                ImapCredentials(username=mailbox.user, password=SecretStr(PASSWORD)),
                context,
            )
        )
        return opened[-1]

    yield make
    for connector in opened:
        connector.close()


@pytest.fixture
def source(open_source: Opening) -> ImapConnector:
    return open_source()


def parts(document: bytes) -> list[Message]:
    """The messages of a thread."""
    payload = message_from_bytes(document).get_payload()
    assert isinstance(payload, list)
    return [part.get_payload(0) for part in payload if isinstance(part, Message)]  # type: ignore[misc]


class TestThreads:
    def test_a_reply_joins_its_thread_and_changes_its_revision(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        first = listed(source)
        mailbox.put(mail("2@acme.test", "an answer", answers=["1@acme.test"], day=1))
        second = listed(source, first.end)
        (old,), (new,) = first.threads.values(), second.threads.values()
        assert new.external_id == old.external_id
        assert new.revision != old.revision
        assert not second.removed
        assert [part["Message-ID"] for part in parts(content(source, new))] == [
            "<1@acme.test>",
            "<2@acme.test>",
        ]

    def test_the_name_stays_when_the_first_message_is_deleted(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        mailbox.put(mail("2@acme.test", answers=["1@acme.test"], day=1))
        first = listed(source)
        mailbox.delete("1@acme.test")
        second = listed(source, first.end)
        (old,), (new,) = first.threads.values(), second.threads.values()
        assert new.external_id == old.external_id
        assert new.revision != old.revision
        assert not second.removed

    def test_messages_of_one_thread_come_together_from_several_folders_and_in_any_order(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("3@acme.test", answers=["1@acme.test", "2@acme.test"], day=2))
        mailbox.put(mail("1@acme.test"))
        assert len(listed(source).threads) == 1
        mailbox.put(mail("2@acme.test", answers=["1@acme.test"], day=1), folder="Sent")
        (thread,) = listed(source).threads.values()
        found = [part["Message-ID"] for part in parts(content(source, thread))]
        assert found == ["<1@acme.test>", "<2@acme.test>", "<3@acme.test>"]

    def test_the_same_subject_is_no_reason_to_belong_together(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test", "one"))
        mailbox.put(mail("2@acme.test", "two"))
        mailbox.put(mail(None, "three"))
        mailbox.put(mail(None, "another four"))
        references = [item for item in source.discover(None) if hasattr(item, "external_id")]
        assert len({ref.external_id for ref in references}) == 4

    def test_a_copy_in_another_folder_is_the_same_message(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        first = listed(source)
        mailbox.put(mail("1@acme.test"), folder="Projects")
        second = listed(source, first.end)
        assert (second.threads, second.removed) == ({}, set())

    def test_other_messages_with_the_same_id_are_not_lost(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("scanner@acme.test", "one", day=0))
        mailbox.put(mail("scanner@acme.test", "two", day=1))
        (thread,) = listed(source).threads.values()
        texts = [str(part.get_payload()).strip() for part in parts(content(source, thread))]
        assert texts == ["one", "two"]

    def test_a_moved_message_keeps_its_name_revision_and_files(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test", files={"plan.pdf": b"a plan"}))
        first = listed(source)
        mailbox.move("1@acme.test", to="Archive")
        second = listed(source, first.end)
        (old,), (new,) = first.threads.values(), second.threads.values()
        (old_file,), (new_file,) = first.files.values(), second.files.values()
        assert (new.external_id, new.revision) == (old.external_id, old.revision)
        assert (new_file.external_id, new_file.revision) == (
            old_file.external_id,
            old_file.revision,
        )
        assert new.path == "Archive/Leave.eml"
        assert not second.removed
        assert content(source, new_file) == b"a plan"

    def test_a_message_moved_while_the_folders_are_read_is_not_taken_for_deleted(
        self,
        mailbox: Mailbox,
        source: ImapConnector,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        mailbox.put(mail("1@acme.test"), folder="Zoo")
        mailbox.put(mail("2@acme.test"), folder="Archive")
        first = listed(source)
        update = MailboxSync._update

        def and_then_move(sync: MailboxSync, session: Session, folder: Folder) -> bool:
            has_lost = update(sync, session, folder)
            if folder.name == "Archive" and mailbox.uids("1@acme.test", folder="Zoo"):
                mailbox.move("1@acme.test", folder="Zoo", to="Archive")
            return has_lost

        monkeypatch.setattr(MailboxSync, "_update", and_then_move)
        second = listed(source, first.end)
        assert not second.removed
        assert set(second.threads) == {"Archive/Leave.eml"}

    def test_a_thread_above_the_limit_is_too_large_however_small_its_messages(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        for number in range(3):
            mailbox.put(mail(f"{number}@acme.test", "long " * 300, answers=["root@acme.test"]))
        small = open_source(max_file_bytes=4_000)
        (thread,) = listed(small).threads.values()
        with pytest.raises(FileTooLarge), small.fetch(thread):
            pass


class TestAttachments:
    def test_files_are_children_and_not_in_the_thread(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        plan = bytes(range(256)) * 40
        mailbox.put(mail("1@acme.test", "see below", files={"plän.pdf": plan, "b/c.txt": b"b"}))
        found = listed(source)
        (thread,) = found.threads.values()
        assert set(found.files) == {"INBOX/Leave.eml/plän.pdf", "INBOX/Leave.eml/b-c.txt"}
        assert {file.parent_id for file in found.files.values()} == {thread.external_id}
        assert content(source, found.files["INBOX/Leave.eml/plän.pdf"]) == plan
        assert content(source, found.files["INBOX/Leave.eml/b-c.txt"]) == b"b"
        text = content(source, thread)
        assert b"see below" in text
        assert len(text) < 2_000

    def test_files_of_a_deleted_message_go_and_those_of_others_stay(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test", files={"a": b"a"}))
        mailbox.put(mail("2@acme.test", answers=["1@acme.test"], files={"b": b"b"}, day=1))
        first = listed(source)
        mailbox.delete("2@acme.test")
        second = listed(source, first.end)
        assert second.removed == {first.files["INBOX/Leave.eml/b"].external_id}
        assert second.files == {}

    def test_a_file_above_the_limit_is_refused_before_it_is_sent(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test", files={"big": b"x" * 400_000}))
        with relay(mailbox.port) as between:
            small = open_source(port=between.port, max_file_bytes=10_000)
            found = listed(small)
            (file,), (thread,) = found.files.values(), found.threads.values()
            between.forget()
            with pytest.raises(FileTooLarge), small.fetch(file):
                pass
            assert b"a text" in content(small, thread)
            assert between.sent_bytes < 5_000
            small.close()

    def test_what_a_server_calls_base64_and_is_not_is_no_document(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        broken = mail("1@acme.test", files={"a": b"abcdef"}).replace(b"YWJjZGVm", b"Y!!")
        mailbox.put(broken)
        found = listed(source)
        (file,) = found.files.values()
        with pytest.raises(DocumentUnreadable), source.fetch(file):
            pass

    def test_an_encrypted_message_is_a_line_in_its_thread(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        sealed = (
            b"Message-ID: <2@acme.test>\r\nReferences: <1@acme.test>\r\nSubject: Leave\r\n"
            b"Date: Thu, 29 Feb 2024 12:00:00 +0100\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/encrypted; boundary="b"; '
            b'protocol="application/pgp-encrypted"\r\n\r\n'
            b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
            b"--b\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\nhQEM\r\n"
            b"--b--\r\n"
        )
        mailbox.put(mail("1@acme.test"))
        mailbox.put(sealed)
        found = listed(source)
        (thread,) = found.threads.values()
        assert not found.files
        text = content(source, thread)
        assert b"This message is encrypted" in text
        assert b"hQEM" not in text


class TestChanges:
    def test_a_folder_that_is_as_it_was_is_not_read_again(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        mailbox.put(mail("2@acme.test"), folder="Projects")
        with relay(mailbox.port) as between:
            source = open_source(port=between.port)
            first = listed(source)
            between.forget()
            again = listed(source, first.end)
            assert (again.threads, again.removed) == ({}, set())
            # One that was left open is closed, as of an open one the server may tell an old state.
            assert sorted(between.commands()) == ["CLOSE", "LIST", "STATUS", "STATUS"]
            assert between.sent_bytes < 1_000

            mailbox.put(mail("3@acme.test"), folder="Projects")
            between.forget()
            assert len(listed(source, again.end).threads) == 1
            assert between.commands().count("EXAMINE") == 1
            assert between.commands().count("UID FETCH") == 1
            assert b"FETCH 2 " in between.heard
            source.close()

    def test_marks_change_no_revision_and_fetch_nothing(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        with relay(mailbox.port) as between:
            source = open_source(port=between.port)
            first = listed(source)
            mailbox.admin.add_flags(mailbox.uids("1@acme.test"), [b"\\Seen", b"$Label"])
            between.forget()
            second = listed(source, first.end)
            assert (second.threads, second.removed) == ({}, set())
            assert "UID FETCH" not in between.commands()
            source.close()

    def test_a_message_marked_as_deleted_is_gone_and_comes_back_with_the_mark(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        first = listed(source)
        (thread,) = first.threads.values()
        mailbox.admin.delete_messages(mailbox.uids("1@acme.test"))
        second = listed(source, first.end)
        assert second.removed == {thread.external_id}
        with pytest.raises(DocumentVanished), source.fetch(thread):
            pass
        mailbox.admin.remove_flags(mailbox.uids("1@acme.test"), [b"\\Deleted"])
        assert list(listed(source, second.end).threads.values()) == [thread]

    def test_reading_leaves_no_mark(self, mailbox: Mailbox, source: ImapConnector) -> None:
        mailbox.put(mail("1@acme.test", files={"a": b"a"}))
        found = listed(source)
        for ref in (*found.threads.values(), *found.files.values()):
            content(source, ref)
        (uid,) = mailbox.uids("1@acme.test")
        assert b"\\Seen" not in mailbox.admin.get_flags([uid])[uid]

    def test_another_uidvalidity_reads_the_folder_again_and_changes_no_document(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        message = mail("1@acme.test", files={"a": b"a"})
        mailbox.put(message, folder="Work")
        mailbox.put(mail("2@acme.test", subject="Gone"), folder="Work")
        first = listed(source)
        mailbox.admin.delete_folder("Work")
        mailbox.put(mail("3@acme.test", subject="New"), folder="Work")
        mailbox.put(message, folder="Work")
        second = listed(source, first.end)
        assert set(second.threads) == {"Work/New.eml"}
        assert second.removed == {first.threads["Work/Gone.eml"].external_id}
        assert b"<1@acme.test>" in content(source, first.threads["Work/Leave.eml"])
        assert content(source, first.files["Work/Leave.eml/a"]) == b"a"

    def test_what_was_known_stays_until_a_folder_made_anew_was_read(
        self,
        mailbox: Mailbox,
        source: ImapConnector,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        mailbox.put(mail("1@acme.test"), folder="Work")
        first = listed(source)
        mailbox.admin.delete_folder("Work")
        mailbox.put(mail("1@acme.test"), folder="Work")

        def refuse(*_: object) -> None:
            raise CommandRefused("NO")

        with monkeypatch.context() as broken:
            broken.setattr(Session, "messages", refuse)
            second = listed(source, first.end)
        assert [failure.path_prefix for failure in second.failures] == ["Work/"]
        assert not second.removed
        third = listed(source, second.end)
        assert (third.threads, third.removed, third.failures) == ({}, set(), [])

    def test_a_document_whose_message_went_meanwhile_has_vanished(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test", files={"a": b"a"}))
        found = listed(source)
        mailbox.delete("1@acme.test")
        for ref in (*found.threads.values(), *found.files.values()):
            with pytest.raises(DocumentVanished), source.fetch(ref):
                pass

    def test_an_emptied_cache_costs_another_reading_and_no_document(
        self, mailbox: Mailbox, open_source: Opening, tmp_path: Path
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        (thread,) = listed(open_source()).threads.values()
        for file in tmp_path.rglob("*.sqlite3*"):
            file.unlink()
        source = open_source()
        assert b"<1@acme.test>" in content(source, thread)
        assert list(listed(source).threads.values()) == [thread]

    def test_a_damaged_cache_is_made_again(
        self, mailbox: Mailbox, open_source: Opening, tmp_path: Path
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        source = open_source()
        (thread,) = listed(source).threads.values()
        for file in tmp_path.rglob("mailbox-*.sqlite3"):
            file.write_bytes(b"no database " * 1_000)
        with pytest.raises(SourceUnavailable):
            listed(source)
        assert list(listed(source).threads.values()) == [thread]


class TestFolders:
    def test_only_the_chosen_ones_are_read(self, mailbox: Mailbox, open_source: Opening) -> None:
        for number, folder in enumerate(("INBOX", "Work", "Work/2024", "Private")):
            mailbox.put(mail(f"{number}@acme.test"), folder=folder)
        source = open_source(include=("Work", "**/*"), exclude=("Private",))
        assert set(listed(source).threads) == {
            "INBOX/Leave.eml",
            "Work/Leave.eml",
            "Work/2024/Leave.eml",
        }

    def test_a_folder_with_a_role_is_left_out_with_all_below(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test"))
        mailbox.put(mail("2@acme.test"), folder="Trash")
        mailbox.put(mail("3@acme.test"), folder="Trash/Old")
        assert set(listed(open_source()).threads) == {"INBOX/Leave.eml"}
        assert set(listed(open_source(skip_special=())).threads) == {
            "INBOX/Leave.eml",
            "Trash/Leave.eml",
            "Trash/Old/Leave.eml",
        }

    @pytest.mark.parametrize("name", ["Entwürfe & Pläne", "会議", 'a "quoted" \\ name', "100%"])
    def test_names_in_any_letters(self, mailbox: Mailbox, open_source: Opening, name: str) -> None:
        mailbox.put(mail("1@acme.test"), folder=name)
        source = open_source(include=(name,))
        (thread,) = listed(source).threads.values()
        assert thread.path == f"{name}/Leave.eml"
        assert b"a text" in content(source, thread)

    def test_one_that_is_named_and_missing_is_an_error_and_not_an_empty_folder(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test"), folder="Work")
        source = open_source(include=("INBOX", "Work"))
        first = listed(source)
        mailbox.admin.rename_folder("Work", "Werk")
        with pytest.raises(SourceMisconfigured, match=r"no folder 'Work'.*Werk"):
            listed(source, first.end)
        with pytest.raises(SourceMisconfigured):
            source.check()

    def test_a_renamed_one_keeps_its_documents(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test"), folder="Work")
        first = listed(open_source())
        mailbox.admin.rename_folder("Work", "Werk")
        second = listed(open_source(), first.end)
        (old,), (new,) = first.threads.values(), second.threads.values()
        assert (new.external_id, new.revision) == (old.external_id, old.revision)
        assert not second.removed

    def test_one_that_cannot_be_opened_is_a_failure_and_loses_nothing(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test"), folder="Work")
        mailbox.put(mail("2@acme.test"))
        first = listed(source)
        mailbox.put(mail("3@acme.test"), folder="Work")
        mailbox.put(mail("4@acme.test"))
        locked = mailbox.folder / ".Work"
        mode = locked.stat().st_mode
        locked.chmod(0)
        try:
            second = listed(source, first.end)
        finally:
            locked.chmod(mode)
        assert [failure.path_prefix for failure in second.failures] == ["Work/"]
        assert len(second.threads) == 1
        assert not second.removed
        third = listed(source, second.end)
        assert (set(third.threads), third.failures) == ({"Work/Leave.eml"}, [])

    def test_messages_that_arrived_before_a_day_are_left_out(
        self, mailbox: Mailbox, open_source: Opening
    ) -> None:
        mailbox.put(mail("1@acme.test", subject="Old"), received=FIRST_DAY - timedelta(days=400))
        mailbox.put(mail("2@acme.test", subject="New"))
        source = open_source(since=date(2024, 1, 1))
        assert set(listed(source).threads) == {"INBOX/New.eml"}


class TestOddMessages:
    def test_no_subject_and_a_subject_of_slashes(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        mailbox.put(mail("1@acme.test", subject=""))
        mailbox.put(mail("2@acme.test", subject="a/b\\c"))
        assert set(listed(source).threads) == {"INBOX/(no subject).eml", "INBOX/a-b-c.eml"}

    @pytest.mark.parametrize(
        "message",
        [
            b"",
            b"\r\n\r\nonly a text",
            b"no header at all",
            b"Subject: \xff\xfe\r\nMessage-ID: <\r\n\r\ntext\xff",
            b"Content-Type: multipart/mixed\r\n\r\n--a\r\n\r\na\r\n--a--\r\n",
            b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n--a--\r\n',
            b"References: " + b"<1@a> " * 5_000 + b"\r\n\r\ntext",
        ],
    )
    def test_whatever_lies_in_a_mailbox_is_listed_and_fetched(
        self, mailbox: Mailbox, source: ImapConnector, message: bytes
    ) -> None:
        mailbox.put(mail("1@acme.test", subject="Sane"))
        if message:
            mailbox.put(message)
        else:
            (mailbox.folder / "cur" / "1.made.here:2,").write_bytes(b"")
        found = [ref for ref in listed(source).threads.values() if "Sane" not in ref.path]
        assert len(found) == 1
        if message:
            assert content(source, found[0])[-4:] == message[-4:]

    def test_the_arrival_counts_where_the_date_cannot_be_true(
        self, mailbox: Mailbox, source: ImapConnector
    ) -> None:
        summer = datetime(2024, 7, 1, 12, tzinfo=UTC)
        mailbox.put(mail("1@acme.test", day=5_000), received=summer)
        (thread,) = listed(source).threads.values()
        assert thread.updated_at == summer
