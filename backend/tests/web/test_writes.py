"""The page's writes: each has its own idempotency key and, where needed, a precondition."""

from playwright.async_api import Request, expect

from tests.api_client import Api, id_of
from tests.web.conftest import Visit
from tests.web.person import Person

Write = tuple[str, str, str | None]


def writes_of(person: Person) -> list[Request]:
    """Record writes from now on."""
    writes: list[Request] = []
    person.page.on("request", lambda request: writes.append(request) if request.method != "GET" else None)
    return writes


def summary(request: Request, task: str) -> Write:
    path = request.url.rpartition("/api/v1")[2].replace(task, "{id}")
    return request.method, path, request.headers.get("if-match")


async def test_every_write_has_its_own_key_and_precondition(visit: Visit, api: Api) -> None:
    task = id_of(await api.create("Buy milk"))
    person = await visit()
    writes = writes_of(person)

    await person.edits("Buy milk")
    await person.types(title="Buy oat milk")
    await person.saves()
    await person.sees_tasks("Buy oat milk")
    checkbox = person.row("Buy oat milk").get_by_role("checkbox")
    await checkbox.click()
    await expect(checkbox).to_be_checked()
    await checkbox.click()
    await expect(checkbox).not_to_be_checked()
    await person.deletes("Buy oat milk")
    await person.sees_toast("Task deleted")
    await person.toast.get_by_role("button", name="Undo").click()
    await person.sees_tasks("Buy oat milk")
    await person.goes_to(f"#/history?task_id={task}&version=1")
    await person.button("Restore this version").click()
    await person.sees_toast("Task restored")

    assert [summary(each, task) for each in writes] == [
        ("PUT", "/tasks/{id}", '"1"'),
        ("PATCH", "/tasks/{id}/complete", None),
        ("PATCH", "/tasks/{id}/incomplete", None),
        ("DELETE", "/tasks/{id}", '"4"'),
        ("POST", "/tasks/{id}/restore", None),
        ("POST", "/tasks/{id}/restore", '"6"'),
    ]
    assert len({each.headers["idempotency-key"] for each in writes}) == len(writes)


async def test_every_new_task_has_its_own_key(person: Person) -> None:
    writes = writes_of(person)

    await person.adds("Buy milk")
    await person.adds("Buy bread")

    assert [summary(each, "none") for each in writes] == [("POST", "/tasks", None)] * 2
    assert len({each.headers["idempotency-key"] for each in writes}) == 2
