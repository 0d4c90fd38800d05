"""How many event streams are open, in all and per client."""

from contextlib import ExitStack

import pytest

from src.api.listener_limit import ListenerLimit
from src.exceptions.errors import TooManyListenersError

LOCAL = [("127.0.0.1", 1), ("::1", 1), ("::ffff:127.0.0.1", 1), ("testserver", 1), None]
REMOTE = ("192.0.2.1", 1)


@pytest.mark.parametrize("client", LOCAL)
def test_this_machine_may_open_as_many_as_there_are(client: tuple[str, int] | None) -> None:
    limit = ListenerLimit(8)

    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(limit.admit(client))
        with pytest.raises(TooManyListenersError), limit.admit(REMOTE):
            pass


def test_a_client_elsewhere_may_open_a_quarter() -> None:
    limit = ListenerLimit(8)

    with limit.admit(REMOTE), limit.admit(REMOTE):
        with pytest.raises(TooManyListenersError), limit.admit(("192.0.2.1", 2)):
            pass
        with limit.admit(("192.0.2.2", 1)), limit.admit(None):
            pass


def test_a_network_of_ipv6_is_one_client() -> None:
    limit = ListenerLimit(4)

    with limit.admit(("2001:db8::1", 1)), pytest.raises(TooManyListenersError), limit.admit(("2001:db8::2", 1)):
        pass


def test_one_stream_is_always_allowed() -> None:
    with ListenerLimit(1).admit(REMOTE):
        pass


def test_a_place_is_free_again_once_a_stream_has_ended_however_it_ends() -> None:
    limit = ListenerLimit(4)

    with pytest.raises(ZeroDivisionError), limit.admit(REMOTE):
        raise ZeroDivisionError

    for _ in range(3):
        with limit.admit(REMOTE):
            pass
