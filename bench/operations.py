"""The operations that all contestants perform, and their mix."""

CREATE, READ, LIST, COMPLETE, UPDATE, HISTORY, STATS, MIX = (
    "create",
    "read",
    "list",
    "complete",
    "update",
    "history",
    "stats",
    "mix",
)
INCOMPLETE = "incomplete"

SINGLE = (CREATE, READ, LIST, COMPLETE, UPDATE, HISTORY, STATS)
OPERATIONS = (*SINGLE, MIX)
WRITES = (CREATE, UPDATE, COMPLETE)

SHARES = {READ: 50, LIST: 20, HISTORY: 10, CREATE: 8, UPDATE: 6, COMPLETE: 6}
"""Of a hundred requests of the mix; 80 are reads."""

MEANING = {
    CREATE: "a task with title and description",
    READ: "one of 2,048 tasks by its id, at random",
    LIST: "the first 20 tasks: incomplete first, newest first",
    COMPLETE: "complete and incomplete in turn, each a change",
    UPDATE: "a new title for one of 2,048 tasks",
    HISTORY: "the newest 10 entries of the history, and their total",
    STATS: "tasks created and completed this week, and totals",
    MIX: "50 % read, 20 % list, 10 % history, 8 % create, 6 % update, 6 % complete",
}
PAGE = {LIST: 20, HISTORY: 10}
"""The number of items that must be returned."""
