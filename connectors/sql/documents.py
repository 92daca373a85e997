"""Listed rows as documents: one row each, or those with the same id together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from urllib.parse import quote

from sqlalchemy.engine import URL

from connectors.contract import DocumentRef
from connectors.sql.config import SqlConfig
from connectors.sql.statements import ListedRow
from connectors.sql.templates import filled
from core.access import EVERYONE, InvalidAccessToken, parse_acl

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WEB = ("http://", "https://")


@dataclass(slots=True)
class RowGroup:
    """Consecutive rows with one id, folded as they come."""

    first: ListedRow
    count: int = 0
    digest_sum: int = 0
    updated: str | None = None
    acl: tuple[str, ...] | None = field(default=None)

    @property
    def ids(self) -> tuple[str, ...] | None:
        """None: a part is NULL, which names nothing."""
        ids = tuple(value for value in self.first.ids if value is not None)
        return ids if len(ids) == len(self.first.ids) else None


def grouped(rows: Iterable[ListedRow], *, has_acl: bool) -> Iterator[RowGroup]:
    """The rows, which come by id, as groups."""
    for _, members in groupby(rows, key=lambda row: row.ids):
        group: RowGroup | None = None
        for row in members:
            group = group or RowGroup(first=row)
            group.count += 1
            # A sum, for the rows of a document come in any order.
            group.digest_sum += int.from_bytes(_digest(row.digests), "big")
            group.updated = max(group.updated or "", row.updated or "") or None
            if has_acl:
                group.acl = _both(group.acl, _parse_tokens(row.tokens))
        if group is not None:
            yield group


def external_id(ids: Iterable[str]) -> str:
    """The values of the id columns as one text, from which they can be told apart again."""
    return "/".join(value.replace("%", "%25").replace("/", "%2F") for value in ids)


def id_values(name: str) -> list[str]:
    """The inverse of `external_id`."""
    return [part.replace("%2F", "/").replace("%25", "%") for part in name.split("/")]


class ReferenceMaker:
    """Makes references after the owner's templates."""

    def __init__(self, config: SqlConfig) -> None:
        self._config = config
        # Another way to show the same rows is another text.
        shows = config.model_dump_json(
            include={
                "group_rows",
                "row_order",
                "title_column",
                "text_columns",
                "template",
            }
        )
        self._rendering = hashlib.sha256(shows.encode()).digest()
        self._folder = (config.table or "rows").rpartition(".")[2]
        url = config.parsed_url
        # Without the user's name: everybody who finds the document sees its address.
        self._base_uri = URL.create(
            url.drivername, host=url.host, port=url.port, database=url.database
        ).render_as_string()

    def reference(self, name: str, group: RowGroup) -> DocumentRef:
        """The group as the listing shows it; `name` is its external id."""
        revision = hashlib.sha256(self._rendering)
        revision.update(group.count.to_bytes(8, "big"))
        revision.update((group.digest_sum % 2**256).to_bytes(32, "big"))
        return DocumentRef(
            external_id=name,
            revision=revision.hexdigest()[:32],
            path=self._path(name, group.first),
            uri=self._uri(name, group.first),
            mime="text/markdown",
            updated_at=_parse_time(group.updated),
            acl=group.acl,
        )

    def _path(self, name: str, row: ListedRow) -> str:
        template = self._config.path_template
        path = "" if template is None else _CONTROL.sub(" ", filled(template, row.shown))
        return path or _CONTROL.sub(" ", f"{self._folder}/{name}.md")

    def _uri(self, name: str, row: ListedRow) -> str:
        template = self._config.uri_template
        if template is not None:
            only = row.shown.get(template[1:-1]) if template.startswith("{") else None
            # A column of whole addresses is taken as it is, if a browser may safely open it.
            uri = only or filled(template, row.shown, escape=lambda value: quote(value, safe=""))
            if uri.lower().startswith(_WEB):
                return uri
        return f"{self._base_uri}#{quote(f'{self._folder}/{name}')}"


def _digest(values: Iterable[str | None]) -> bytes:
    return hashlib.sha256(json.dumps(list(values)).encode()).digest()


def _parse_tokens(value: str | None) -> tuple[str, ...]:
    """Those that are access tokens. Others would let nobody in anyway."""
    if value is None:
        return ()
    try:
        found = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
    except ValueError:
        return ()
    return parse_acl(
        token.strip() for token in found if isinstance(token, str) and _is_token(token.strip())
    )


def _is_token(token: str) -> bool:
    try:
        parse_acl([token])
    except InvalidAccessToken:
        return False
    return True


def _both(one: tuple[str, ...] | None, other: tuple[str, ...]) -> tuple[str, ...]:
    """Who may read a document that shows two rows: who may read each of them."""
    if one is None or one == other:
        return other
    if EVERYONE in one and EVERYONE in other:
        return tuple(sorted({*one, *other}))
    if EVERYONE in one:
        return other
    if EVERYONE in other:
        return one
    return tuple(sorted(set(one) & set(other)))


def _parse_time(value: str | None) -> datetime | None:
    """A time without a zone is taken for UTC; what is no time, for none."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None
