"""What an error says about itself."""

from __future__ import annotations

from core.errors import PermanentError, RequestError, TransientError, VouchError


class DocumentNotFound(RequestError):
    title = "Document not found"


class Md5Mismatch(PermanentError):
    pass


def test_code_is_the_class_name_in_snake_case() -> None:
    assert DocumentNotFound("gone").code == "document_not_found"
    assert Md5Mismatch("differs").code == "md5_mismatch"
    assert VouchError("x").code == "vouch_error"


def test_operator_detail_stays_out_of_the_message() -> None:
    error = VouchError("Try again.", operator_detail="socket 7 closed")
    assert str(error) == error.detail == "Try again."
    assert error.operator_detail == "socket 7 closed"


def test_facts_are_kept_as_data() -> None:
    error = VouchError("Too long.", limit_chars=512)
    assert error.data == {"limit_chars": 512}


def test_transient_error_keeps_when_to_try_again_apart_from_its_data() -> None:
    error = TransientError("Busy.", retry_after_s=2.5, queue="a")
    assert error.retry_after_s == 2.5
    assert error.data == {"queue": "a"}
    assert TransientError("Busy.").retry_after_s is None
