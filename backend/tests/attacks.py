"""Statements that try to change existing entries of the history, all of which must fail."""

from typing import LiteralString

COLUMNS: LiteralString = (
    "workspace_id, format, seq, history_id, task_id, version, action_type, task_title, description, changes,"
    " request_id, timestamp, previous_hash, hash"
)
REST: LiteralString = "action_type, 'Forged', description, changes, request_id, timestamp, previous_hash, hash"
FIRST: LiteralString = "SELECT workspace_id, format, "
OTHER_ID: LiteralString = "'00000000-0000-7000-8000-000000000000'"

# An entry that shares one of the three unique keys with the first entry.
SAME_SEQ: LiteralString = FIRST + "seq, {id}, {id}, 9, " + REST + " FROM task_history WHERE seq = 1"  # constants only
SAME_ID: LiteralString = (
    FIRST + "9, history_id, {id}, 9, " + REST + " FROM task_history WHERE seq = 1"
)  # constants only
SAME_VERSION: LiteralString = FIRST + "9, {id}, task_id, version, " + REST + " FROM task_history WHERE seq = 1"
SAME_KEYS: dict[LiteralString, LiteralString] = {
    "seq": SAME_SEQ,
    "history_id": SAME_ID,
    "task_id, version": SAME_VERSION,
}

INTO: LiteralString = "INTO task_history (" + COLUMNS + ") "
ON_BOTH: dict[str, LiteralString] = {
    "update one": "UPDATE task_history SET task_title = 'Forged' WHERE seq = 1",
    "update all": "UPDATE task_history SET description = ''",
    "update to the same": "UPDATE task_history SET seq = seq",
    "update of a key": "UPDATE task_history SET seq = 9 WHERE seq = 1",
    "update from another table": "UPDATE task_history SET task_title = tasks.title FROM tasks",
    "update of the texts": "UPDATE task_history SET texts = replace(texts, 'Milk', 'Forged')",
    "update to no texts": "UPDATE task_history SET texts = NULL",
    "update with one more text": "UPDATE task_history SET texts = '{\"a\":1,' || substr(texts, 2)",
    "update of format 1's columns": "UPDATE task_history SET task_title = 'Milk'",
    "update of the actor": "UPDATE task_history SET actor_id = history_id",
    "update of the format": "UPDATE task_history SET format = 1",
    "erasing with another change": "UPDATE task_history SET texts = '{}', client = 'forged'",
    "delete one": "DELETE FROM task_history WHERE seq = 1",
    "delete the newest": "DELETE FROM task_history WHERE seq = (SELECT max(seq) FROM task_history)",
    "delete all": "DELETE FROM task_history",
}
ON_SQLITE: dict[str, LiteralString] = {
    "update or replace": "UPDATE OR REPLACE task_history SET seq = 2 WHERE seq = 1",
    "update or ignore": "UPDATE OR IGNORE task_history SET task_title = 'Forged'",
    "update of the rowid": "UPDATE task_history SET rowid = 9 WHERE rowid = 1",
    "replace all": "REPLACE INTO task_history SELECT * FROM task_history",
}
ON_POSTGRESQL: dict[str, LiteralString] = {
    "truncate": "TRUNCATE task_history",
    "truncate with others": "TRUNCATE tasks, history_head, task_history RESTART IDENTITY CASCADE",
    "merge to update": "MERGE INTO task_history USING tasks ON task_id = id"
    " WHEN MATCHED THEN UPDATE SET task_title = 'Forged'",
    "merge to delete": "MERGE INTO task_history USING tasks ON task_id = id WHEN MATCHED THEN DELETE",
    "delete with another table": "DELETE FROM task_history USING tasks WHERE task_id = id",
    "update in a subquery": "WITH forged AS (UPDATE task_history SET changes = '' RETURNING seq) SELECT * FROM forged",
}


def attacks_of(kind: str) -> dict[str, LiteralString]:
    """All attacks for this kind of database, by name."""
    attacks = ON_BOTH | (ON_SQLITE if kind == "sqlite" else ON_POSTGRESQL)
    new_id: LiteralString = OTHER_ID if kind == "sqlite" else OTHER_ID + "::uuid"
    for key, same in SAME_KEYS.items():
        entry = same.format(id=new_id)
        insert: LiteralString = "INSERT " + INTO + entry
        upsert: LiteralString = " ON CONFLICT (workspace_id, " + key + ") DO UPDATE SET task_title = 'Forged'"
        attacks[f"insert with the same {key}"] = insert
        attacks[f"upsert on {key}"] = insert + upsert
        if kind == "sqlite":
            attacks[f"insert or replace on {key}"] = "INSERT OR REPLACE " + INTO + entry
            attacks[f"replace on {key}"] = "REPLACE " + INTO + entry
    return attacks
