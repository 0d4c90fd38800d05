"""Valid and invalid requests generated from the OpenAPI document, on both databases."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from requests import Request
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from main import app
from tests.api_client import Api
from tests.faults.proof import Proof, promise

BASE_URL = "http://testserver"
AT_ONCE = 8
SAYABLE = ("/history", "/history/verify", "/stats/weekly", "/health", "/health/ready")

Statuses = Counter[tuple[str, int]]
"""How often each operation was answered with each status."""
Both = tuple[Api, Api]
Operation = APIOperation[Any, Any, Any, Any]

document = schemathesis.openapi.from_dict(app.openapi()).exclude(path_regex="/events$")  # a stream never ends


@promise("always the envelope, never a surprise", "schemathesis over the whole API")
async def test_every_answer_is_as_documented(proof: Proof, both: Both) -> None:
    sent, surprises, statuses = 0, [], Statuses()
    for operation in operations():
        cases = await asyncio.to_thread(cases_of, operation, proof.size(3, 3_300))
        for group in groups(cases):
            surprises += await send(group, both, statuses)
        on_tasks = [case for case in cases if may_name_a_task(case)]
        for group in groups(on_tasks):
            surprises += await send(group, both, statuses, [await task_id(api) for api in both])
        sent += len(cases) + len(on_tasks)

    good = {operation for operation, status in statuses if status < 300}
    classes = Counter({status // 100: 0 for _, status in statuses})
    for (_, status), count in statuses.items():
        classes[status // 100] += count
    proof.figure(f"{sent:,} cases on each database, {len(surprises)} surprises")
    proof.figure(", ".join(f"{count:,} × {first}xx" for first, count in sorted(classes.items())))
    assert surprises == []
    assert good == {operation.label for operation in operations()}, statuses
    assert sent > proof.size(500, 50_000)


def operations() -> list[Operation]:
    """Those that read come first, while there is little to be read."""
    found = [result.ok() for result in document.get_all_operations() if isinstance(result, Ok)]
    return sorted(found, key=lambda operation: operation.method != "get")


def cases_of(operation: Operation, count: int) -> list[Case[Any]]:
    """The examples of the document, each edge of its schemas, and then so many by chance, the same each time."""
    made: list[Case[Any]] = []
    by_chance = settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    how = HypothesisTestConfig(project=document.config, modes=list(HypothesisTestMode), settings=by_chance)

    def keep(case: Case[Any]) -> None:
        made.append(case)

    create_test(operation=operation, test_func=keep, config=how)()
    return made


def may_name_a_task(case: Case[Any]) -> bool:
    """Whether it was made with an id, of a task that does not exist."""
    path = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
    return path is not None and path.mode is GenerationMode.POSITIVE and "id" in case.path_parameters


async def task_id(api: Api) -> str:
    """Make a task with something behind it."""
    task = await api.create("Buy milk", "Two litres")
    await api.complete(task)
    return (await api.update(task, title="Buy oat milk")).task["id"]


def groups(cases: list[Case[Any]]) -> Iterator[list[Case[Any]]]:
    """What is sent at once, which is one at a time where the second is refused while the first is under way."""
    size = 1 if cases and cases[0].operation.path.endswith("/verify") else AT_ONCE
    return (cases[first : first + size] for first in range(0, len(cases), size))


async def send(
    group: list[Case[Any]], both: Both, statuses: Statuses, tasks: Sequence[str | None] = (None, None)
) -> list[FailureGroup]:
    """Send all to both, about a task that each of them has, and return what was not as documented."""
    found = await asyncio.gather(
        *(surprise(case, api, statuses, task) for case in group for api, task in zip(both, tasks, strict=True))
    )
    return [failures for failures in found if failures]


async def surprise(case: Case[Any], api: Api, statuses: Statuses, task: str | None) -> FailureGroup | None:
    if task:
        case.path_parameters["id"] = task
    response = await api.client.request(**exactly(case))
    statuses[case.operation.label, response.status_code] += 1
    try:
        case.validate_response(response, excluded_checks=unsayable(case))
    except FailureGroup as failures:
        return failures
    return None


def exactly(case: Case[Any]) -> dict[str, Any]:
    """The request as schemathesis would send it."""
    made: Any = Request(**case.as_transport_kwargs(base_url=BASE_URL)).prepare()
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in made.headers.items()]
    return {"method": made.method, "url": made.url, "content": made.body, "headers": headers}


def unsayable(case: Case[Any]) -> list[CheckFunction]:
    """What a schema can't say of right input.

    Such as what is visible in a title, at which version a task is, which key is taken, what has not come yet, and what
    was given as a cursor.
    """
    is_plain = case.operation.method == "get" and case.operation.path.endswith(SAYABLE) and "cursor" not in case.query
    return [] if is_plain else [positive_data_acceptance]
