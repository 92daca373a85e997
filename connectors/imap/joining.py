"""Which messages belong together: by who refers to whom, and not by subject.

In a database, and so in bounded memory.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from itertools import groupby


def join_threads(database: sqlite3.Connection) -> None:
    """Give each row of the mirror's table `message` the name of its thread."""
    _connect(database)
    _name_threads(database)


def _connect(database: sqlite3.Connection) -> None:
    """Give every message id a component: two that a message names together share one."""
    database.execute("DROP TABLE IF EXISTS temp.node")
    database.execute("CREATE TEMP TABLE node (id TEXT PRIMARY KEY, component INTEGER NOT NULL)")
    database.execute("CREATE INDEX temp.node_by_component ON node (component)")
    messages = database.execute("SELECT message_id, links FROM message")
    for number, (message_id, links) in enumerate(messages):
        ids = [message_id, *json.loads(links)]
        marks = ", ".join("?" * len(ids))
        query = f"SELECT DISTINCT component FROM temp.node WHERE id IN ({marks})"  # noqa: S608
        found = sorted(component for (component,) in database.execute(query, ids).fetchall())
        component = found[0] if found else number
        for other in found[1:]:
            database.execute(
                "UPDATE temp.node SET component = ? WHERE component = ?", (component, other)
            )
        database.executemany(
            "INSERT OR IGNORE INTO temp.node VALUES (?, ?)", ((each, component) for each in ids)
        )


def _name_threads(database: sqlite3.Connection) -> None:
    """After the message that began the thread, as its oldest message here knows it: the name stays
    when messages come, and when the first are deleted.
    """
    rows = database.execute(
        """
        SELECT component, message_id, links FROM message JOIN temp.node ON id = message_id
        ORDER BY component, date, message_id, folder, uid
        """
    )
    database.execute("DROP TABLE IF EXISTS temp.named")
    database.execute("CREATE TEMP TABLE named (component INTEGER PRIMARY KEY, name TEXT NOT NULL)")
    for component, members in groupby(rows, key=lambda row: row[0]):
        _, message_id, links = next(members)
        root = next(iter(json.loads(links)), message_id)
        name = hashlib.sha256(root.encode()).hexdigest()[:32]
        database.execute("INSERT INTO temp.named VALUES (?, ?)", (component, name))
    database.execute(
        """
        UPDATE message SET thread = (
            SELECT name FROM temp.node JOIN temp.named USING (component) WHERE id = message_id
        )
        """
    )
