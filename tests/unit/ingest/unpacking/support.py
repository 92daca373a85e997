"""Archives and mails as tests want them, and what comes out of them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path

from ingest.unpacking.contract import Unpacked, UnpackLimits
from ingest.unpacking.extracting import unpack_file
from ingest.unpacking.mail import MailUnpacker
from ingest.unpacking.outlook import OutlookUnpacker
from ingest.unpacking.tar import TarUnpacker
from ingest.unpacking.zip import ZipUnpacker

UNPACKERS = (MailUnpacker(), OutlookUnpacker(), TarUnpacker(), ZipUnpacker())


def zipped(
    files: Mapping[str, bytes],
    *,
    method: int = zipfile.ZIP_DEFLATED,
    change: Callable[[dict[str, zipfile.ZipInfo]], None] = lambda infos: None,
) -> bytes:
    """A ZIP archive; `change` may falsify its directory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10)), data, method)
        change({info.filename: info for info in archive.filelist})
    return buffer.getvalue()


def tarred(files: Mapping[str, bytes], *more: tarfile.TarInfo, mode: str = "w") -> bytes:
    """A TAR archive; `more` are headers without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return buffer.getvalue()


def mail(subject: str = "Budget", *, attachments: Mapping[str, bytes] | None = None) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = subject, "Ana <ana@acme.test>"
    message["Date"] = "Mon, 06 May 2024 07:08:09 +0200"
    message.set_content("See the attachment.\n")
    for name, data in (attachments or {}).items():
        message.add_attachment(data, "application", "octet-stream", filename=name)
    return message.as_bytes()


def unpack(
    folder: Path,
    name: str,
    data: bytes,
    *,
    mime: str | None = None,
    limits: UnpackLimits | None = None,
) -> Unpacked:
    path, into = folder / "container", folder / "into"
    path.write_bytes(data)
    into.mkdir()
    unpacked = unpack_file(
        path, filename=name, mime=mime, into=into, limits=limits or UnpackLimits()
    )
    written = sorted(int(file.name) for file in into.iterdir())
    assert written == list(range(len(unpacked.members)))
    return unpacked


def contents(unpacked: Unpacked) -> dict[str, bytes]:
    return {member.name: member.file.read_bytes() for member in unpacked.members}


def codes(unpacked: Unpacked) -> dict[str, str]:
    return {failure.name: str(failure.code) for failure in unpacked.failures}
