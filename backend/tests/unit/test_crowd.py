"""How many connections there may be at once."""

from src.server.crowd import Crowd


def test_a_crowd_has_an_end() -> None:
    class Busy:
        is_dropped = False

        def leave(self) -> None:
            raise AssertionError

        def drop(self) -> None:
            self.is_dropped = True

    crowd = Crowd(2)
    connections = [Busy() for _ in range(2 + Crowd.SURPLUS + 1)]

    for connection in connections:
        crowd.admit(connection)
        crowd.set_busy(connection)

    assert [connection.is_dropped for connection in connections] == [False] * (2 + Crowd.SURPLUS) + [True]
