"""Write mail messages (.eml) from a header block and a body."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from _blocks import parse, to_html


def write_eml(text: str, target: Path) -> None:
    """Headers up to the first empty line, then the body.

    `X-Alternative: html` adds a second part that renders the body as HTML.
    """
    head, body = text.split("\n\n", 1)
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    wants_html = headers.pop("X-Alternative", "") == "html"
    message = EmailMessage(policy=SMTP)
    for name, value in headers.items():
        message[name] = value
    message.set_content(body, cte="quoted-printable")
    if wants_html:
        page = f"<html><body>\n{to_html(parse(body))}\n</body></html>\n"
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_fernhollow-{target.stem}")
    target.write_bytes(message.as_bytes())
