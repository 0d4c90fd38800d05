"""The limit on open connections."""

from src.server.connection_limit import ConnectionLimit


def test_connections_far_above_the_limit_are_aborted() -> None:
    class Busy:
        is_aborted = False

        def close(self) -> None:
            raise AssertionError

        def abort(self) -> None:
            self.is_aborted = True

    limit = ConnectionLimit(2)
    connections = [Busy() for _ in range(2 + ConnectionLimit.SURPLUS + 1)]

    for connection in connections:
        limit.add(connection)
        limit.set_busy(connection)

    assert [connection.is_aborted for connection in connections] == [False] * (2 + ConnectionLimit.SURPLUS) + [True]
