"""Group membership as a source's system knows it."""

from __future__ import annotations

from sqlalchemy import delete

from connectors.contract import Connector, ListsGroups
from core.catalog.database import Database
from core.catalog.models import GroupMember, Source


def sync_groups(database: Database, source: Source, connector: Connector) -> int:
    """Replace what this source said of groups before; returns the number of memberships.

    All or nothing: a listing that fails half way changes nobody's groups. What an admin or
    another source says of the same group stays. Raises what `list_groups` raises.
    """
    if not isinstance(connector, ListsGroups):
        return 0
    members = {(group.name, user) for group in connector.list_groups() for user in group.members}
    with database.write() as session:
        session.execute(delete(GroupMember).where(GroupMember.origin == source.id))
        session.add_all(
            GroupMember(group=group, user=user, origin=source.id) for group, user in members
        )
    return len(members)
