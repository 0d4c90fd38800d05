"""Counts the rows that queries find."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, event


class RowsRead:
    """Counts the rows of an engine's queries on a table from now on, by asking the database for each."""

    def __init__(self, engine: Engine, table: str) -> None:
        self._table = table
        self.counts: list[int] = []
        """One for each query."""
        event.listen(engine, "before_cursor_execute", self._count)

    @property
    def total(self) -> int:
        return sum(self.counts)

    def reset(self) -> int:
        """The total up to now."""
        total = self.total
        self.counts.clear()
        return total

    def _count(  # SQLAlchemy's signature
        self,
        conn: Connection,
        cursor: object,  # noqa: ARG002
        statement: str,
        parameters: Sequence[object],
        context: object,  # noqa: ARG002
        executemany: bool,  # noqa: ARG002
    ) -> None:
        if statement.startswith("SELECT") and f"FROM {self._table}" in statement:
            counting = conn.connection.cursor()
            counting.execute(f"SELECT count(*) FROM ({statement}) AS counted", parameters)
            found = counting.fetchone()
            counting.close()
            assert found
            self.counts.append(found[0])
