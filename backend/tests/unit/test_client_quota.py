"""What clients may use at the same time, in all and each."""

from contextlib import ExitStack

import pytest

from src.utils.addresses import remote_client_of
from src.utils.client_quota import ClientQuota

LOCAL = [("127.0.0.1", 1), ("::1", 1), ("::ffff:127.0.0.1", 1), ("testserver", 1), ("", 0), None]
ONE, OTHER = "192.0.2.1", "192.0.2.2"


@pytest.mark.parametrize("client", LOCAL)
def test_clients_on_this_machine_count_only_in_all(client: tuple[str, int] | None) -> None:
    quota = ClientQuota(8)

    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(quota.hold(remote_client_of(client), LookupError))
        with pytest.raises(LookupError), quota.hold(ONE, LookupError):
            pass


def test_a_client_elsewhere_may_use_a_quarter() -> None:
    quota = ClientQuota(8)

    with quota.hold(ONE, LookupError), quota.hold(ONE, LookupError):
        with pytest.raises(LookupError), quota.hold(ONE, LookupError):
            pass
        with quota.hold(OTHER, LookupError), quota.hold("", LookupError):
            pass


def test_a_network_of_ipv6_is_one_client() -> None:
    assert remote_client_of(("2001:db8::1", 1)) == remote_client_of(("2001:db8::2", 2)) != ""


def test_one_use_is_always_allowed_however_large() -> None:
    with ClientQuota(1).hold(ONE, LookupError, 5):
        pass


def test_room_is_free_again_once_a_use_has_ended_however_it_ends() -> None:
    quota = ClientQuota(4)

    with pytest.raises(ZeroDivisionError), quota.hold(ONE, LookupError, 9):
        raise ZeroDivisionError

    for _ in range(3):
        with quota.hold(ONE, LookupError, 9):
            pass


def test_amounts_are_added_and_given_back() -> None:
    quota = ClientQuota(100, 10)

    quota.add(ONE, 12)
    assert (quota.has_room(ONE), quota.has_room(OTHER)) == (False, True)

    quota.add(ONE, -3)
    assert quota.has_room(ONE)

    quota.add(OTHER, 91)
    assert not quota.has_room(ONE)
