"""One client sends expensive reads: past states, searches, long pages."""

import re
from collections.abc import Iterable, Sequence
from contextlib import closing

from tests.faults.filled import Filled
from tests.faults.flood import memory, most_memory
from tests.faults.other_clients import P99_MS, PROMISE, Client, Reply, assert_served, flood, other_clients, serve
from tests.faults.proof import Proof, promise

SPREAD = 0.618
"""Multiples of it, modulo 1, are far from each other."""
AT_ONCE = 1_000
PAGE_BYTES = 1_300_000
PAGES_MB = 60
"""How much more memory pages of large entries may take, one after the other."""
REPLAY_MB = 30
"""How much more memory a replay of large entries may take than one of none."""


Listed = tuple[int, int]
"""A status, and how many tasks are listed."""


def tasks_in(reply: Reply) -> Listed:
    assert reply.status == 200 or reply.retry_after
    return reply.status, reply.body.count(b'"version":')


def assert_served_or_refused(found: Sequence[Listed], tasks: Iterable[int], proof: Proof) -> None:
    """Assert that each reply lists so many tasks, or is 503."""
    served = [each for each in found if each[0] == 200]
    proof.figure(f"{len(served)} served, {len(found) - len(served)} refused")
    assert all(each in {(200, count), (503, 0)} for each, count in zip(found, tasks, strict=True))
    assert served


@promise(PROMISE, "50 as_of lists, two a second, each of a moment that is far from the others")
def test_many_moments(many_tasks: Filled, proof: Proof) -> None:
    shares = [number * SPREAD % 1 for number in range(50)]
    paths = [f"/tasks?as_of={many_tasks.moment(share)}" for share in shares]

    with serve(many_tasks, proof) as server, other_clients(server, many_tasks.ids[0]) as clients:
        found = flood(server, paths, proof.size(AT_ONCE, 2), tasks_in)
        proof.figure(f"at most {most_memory(server):.0f} MB")

    assert_served_or_refused(found, map(many_tasks.living, shares), proof)
    assert_served(clients, proof, p99=P99_MS)


@promise(PROMISE, "100 searches without a limit, ten a second, each for another number")
def test_many_searches(many_tasks: Filled, proof: Proof) -> None:
    numbers = [str(number) for number in range(100)]
    titles = [task.title for task in many_tasks.tasks]

    with serve(many_tasks, proof) as server, other_clients(server, many_tasks.ids[0]) as clients:
        found = flood(server, [f"/tasks?q=task+{n}" for n in numbers], proof.size(AT_ONCE, 10), tasks_in)
        proof.figure(f"at most {most_memory(server):.0f} MB")

    assert_served_or_refused(found, (sum(n in title for title in titles) for n in numbers), proof)
    assert_served(clients, proof, p99=P99_MS)


def walk(client: Client) -> tuple[list[int], list[int]]:
    """Follow `/changes` to its end: the numbers of all entries, and the sizes of the pages."""
    seqs: list[int] = []
    sizes: list[int] = []
    query: str | None = "?since=0&limit=1000"
    while query:
        reply = client.ask(f"/changes{query}")
        assert reply.status == 200
        seqs += map(int, re.findall(rb'"seq":(\d+)', reply.body))
        sizes.append(len(reply.body))
        query = reply.next
    return seqs, sizes


@promise(PROMISE, "/changes?limit=1000 where each entry has 40 KB")
def test_pages_of_large_entries(large_entries: Filled, proof: Proof) -> None:
    entries = len(large_entries.times)

    with serve(large_entries, proof) as server, closing(Client(server)) as client:
        before = memory(server)
        with other_clients(server, large_entries.ids[0], ("health", "task", "page")) as clients:
            seqs, sizes = walk(client)
        grown = most_memory(server) - before

    proof.figure(f"{len(sizes)} pages of at most {max(sizes):,} bytes, + {grown:.0f} MB")
    assert seqs == list(range(1, entries + 1))
    assert max(sizes) <= PAGE_BYTES
    if proof.long:
        assert grown <= PAGES_MB
    assert_served(clients, proof, p99=P99_MS)


@promise(PROMISE, "one as_of in the middle of 4,000 entries of 40 KB each")
def test_a_replay_of_large_entries(large_entries: Filled, proof: Proof) -> None:
    with serve(large_entries, proof) as server, closing(Client(server)) as client:
        client.ask(f"/tasks?as_of={large_entries.moment(1)}")
        before = most_memory(server)
        reply = client.ask(f"/tasks?as_of={large_entries.moment(0.5)}")
        grown = most_memory(server) - before

    proof.figure(f"{1000 * reply.seconds:.0f} ms, + {grown:.0f} MB")
    assert tasks_in(reply) == (200, large_entries.living(0.5))
    if proof.long:
        assert grown <= REPLAY_MB
