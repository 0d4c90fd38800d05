"""One client sends expensive writes: stale edits, texts that are slow to normalize, thousands of requests at once."""

import json
from collections import Counter
from contextlib import closing

from tests.faults.filled import Filled
from tests.faults.other_clients import (
    HEALTH_MS,
    PROMISE,
    Client,
    assert_served,
    other_clients,
    request,
    serve,
    together,
)
from tests.faults.proof import Proof, promise

VERSION_MS = 20
TIMES = 5
MARKS = "e" + "\N{COMBINING ACUTE ACCENT}" * 4_999


@promise(PROMISE, "200 PUTs with If-Match of version 1 at once, on a task of 12,000 versions")
def test_stale_edits_of_a_task_with_many_versions(many_tasks: Filled, proof: Proof) -> None:
    often, body = many_tasks.ids[-1], '{"title": "Never"}'
    stale = request("PUT", f"/tasks/{often}", body, if_match='"1"')

    with serve(many_tasks, proof) as server, closing(Client(server)) as client:
        newest = client.ask(f"/tasks/{often}").task["version"]
        with other_clients(server, many_tasks.ids[0]) as clients:
            answers = together(server, [stale] * 200)

    sentence = f"The task is at version {newest} now; changed since version 1: title"
    assert [(answer.status, answer.envelope["error"]) for answer in answers] == [(412, sentence)] * 200
    assert_served(clients, proof, health=HEALTH_MS)


@promise(PROMISE, "reads and restores of version 12,000")
def test_versions_of_a_task_with_many(many_tasks: Filled, proof: Proof) -> None:
    often = many_tasks.ids[-1]

    with serve(many_tasks, proof) as server, closing(Client(server)) as client:
        newest = client.ask(f"/tasks/{often}").task["version"]
        numbers = [newest - 1 - number for number in range(TIMES)]
        read = [client.ask(f"/tasks/{often}?version={number}") for number in numbers]
        middle = client.ask(f"/tasks/{often}?version={newest // 2}")
        restored = [client.ask(f"/tasks/{often}/restore", "POST", f'{{"version": {number}}}') for number in numbers]

    assert [reply.task["version"] for reply in read] == numbers
    assert [reply.task["title"] for reply in restored] == [reply.task["title"] for reply in read]
    waits = [1000 * max(reply.seconds for reply in replies[1:]) for replies in (read, restored)]
    proof.figure("a read at most {:.0f} ms, a restore {:.0f} ms".format(*waits))
    firsts = [1000 * replies[0].seconds for replies in (read, restored)]
    proof.figure("the first ones of the process {:.0f} and {:.0f} ms".format(*firsts))
    proof.figure(f"version {newest // 2:,} for the first time {1000 * middle.seconds:.0f} ms")
    if proof.long:
        assert max(waits) <= VERSION_MS


@promise(PROMISE, "400 creates at once with 4,999 combining marks in a row")
def test_texts_of_combining_marks(many_tasks: Filled, proof: Proof) -> None:
    create = request("POST", "/tasks", json.dumps({"title": "Marks", "description": MARKS}))

    with serve(many_tasks, proof) as server, other_clients(server, many_tasks.ids[0]) as clients:
        answers = together(server, [create] * 400)

    assert Counter(answer.status for answer in answers) == {400: 400}
    assert_served(clients, proof, health=HEALTH_MS)


@promise(PROMISE, "3,500 creates at once")
def test_a_burst_of_writes(many_tasks: Filled, proof: Proof) -> None:
    count = proof.size(500, 3_500)
    create = request("POST", "/tasks", '{"title": "Of a burst"}')
    before = stored(many_tasks)

    with serve(many_tasks, proof) as server, other_clients(server, many_tasks.ids[0]) as clients:
        answers = together(server, [create] * count)

    statuses = Counter(answer.status for answer in answers)
    proof.figure(f"{statuses[201]:,} × 201, {statuses[503]:,} × 503")
    assert statuses[201] + statuses[503] == count
    assert stored(many_tasks) - before == statuses[201] > 0
    assert_served(clients, proof, health=HEALTH_MS)


def stored(filled: Filled) -> int:
    [(count,)] = filled.database.run("SELECT count(*) FROM tasks WHERE title = 'Of a burst'")
    return int(str(count))
