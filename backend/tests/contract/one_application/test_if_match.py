"""`If-Match`: a change is made only to a version that the client names."""

from asyncio import gather
from uuid import uuid4

import pytest

from tests.answer import Answer
from tests.api_client import Api
from tests.contract.writes import every_write_of_a_task, prepared, stored_keys
from tests.databases import Database

WEAK = "weak tags never match (compressing proxies weaken them; the version in data makes a strong one)"
TITLE = '{"title": "Buy bread"}'


async def at_version_3(api: Api) -> str:
    """The path of a task whose title changed in version 2 and which was completed in version 3."""
    task = await api.create("Milk", "Two litres")
    await api.update(task, title="Buy milk")
    await api.complete(task)
    return f"/tasks/{task.task['id']}"


@every_write_of_a_task
async def test_a_change_of_the_given_version_is_made(api: Api, route: str) -> None:
    write = await prepared(api, route)

    answer = await write.send(if_match=f'"{write.version}"')

    assert answer.status == 200
    assert (await api.story(write.task_id)).page["items"][0]["version"] == write.version + 1


@every_write_of_a_task
async def test_a_change_of_another_version_writes_nothing(api: Api, database: Database, route: str) -> None:
    write = await prepared(api, route)

    with database.unchanged():
        answer = await write.send(if_match=f'"{write.version + 1}"')

    assert answer.refusal == (412, f"The task is at version {write.version} now")
    assert answer.etag == f'"{write.version}"'


@pytest.mark.parametrize("tags", ['"3"', '"1", "3"', '"3","9"', '"x,y" , "3"', 'W/"3", "3"', ',"3",', "*", " * "])
async def test_one_matching_tag_is_enough(api: Api, tags: str) -> None:
    path = await at_version_3(api)

    answer = await api.write("PUT", path, TITLE, if_match=tags)

    assert (answer.status, answer.etag) == (200, '"4"')


@pytest.mark.parametrize("tags", ['"2"', '"1", "2"', 'W/"3"', 'W/"3", "2"', '"03"', '"3,"', '""'])
async def test_without_a_matching_tag_nothing_is_written(api: Api, database: Database, tags: str) -> None:
    path = await at_version_3(api)

    with database.unchanged():
        answer = await api.write("PUT", path, TITLE, if_match=tags)

    assert answer.status == 412


async def test_a_quoted_star_is_an_ordinary_tag(api: Api, database: Database) -> None:
    path = await at_version_3(api)

    with database.unchanged():
        answer = await api.write("PUT", path, TITLE, if_match='"*"')

    assert answer.refusal == (412, "The task is at version 3 now")


async def test_tags_in_several_headers_are_one_list(api: Api) -> None:
    path = await at_version_3(api)
    headers = [("content-type", "application/json"), ("if-match", '"1"'), ("if-match", '"3"')]

    response = await api.client.put(path, content=TITLE, headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ('"1"', "The task is at version 3 now; changed since version 1: title, is_completed, completed_at"),
        ('"2"', "The task is at version 3 now; changed since version 2: is_completed, completed_at"),
        ('"2", "1"', "The task is at version 3 now; changed since version 2: is_completed, completed_at"),
        ('"1", "9"', "The task is at version 3 now; changed since version 1: title, is_completed, completed_at"),
        ('"9"', "The task is at version 3 now"),
        ('"0"', "The task is at version 3 now"),
        ('"from-elsewhere"', "The task is at version 3 now"),
        (f'"{"9" * 5000}"', "The task is at version 3 now"),
    ],
    ids=["first", "second", "newest of a list", "known of a list", "never was", "nought", "a word", "very long"],
)
async def test_the_refusal_names_the_current_version_and_what_has_changed(api: Api, tags: str, sentence: str) -> None:
    path = await at_version_3(api)

    answer = await api.write("PUT", path, TITLE, if_match=tags)

    assert answer.refusal == (412, sentence)


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ('W/"3"', f"The task is at version 3 now; {WEAK}"),
        ('W/"2"', f"The task is at version 3 now; changed since version 2: is_completed, completed_at; {WEAK}"),
        ('"x", W/"3"', f"The task is at version 3 now; {WEAK}"),
    ],
)
async def test_the_refusal_of_a_weak_tag_says_that_weak_tags_never_match(api: Api, tags: str, sentence: str) -> None:
    path = await at_version_3(api)

    answer = await api.write("PUT", path, TITLE, if_match=tags)

    assert (answer.refusal, answer.etag) == ((412, sentence), '"3"')


@pytest.mark.parametrize("tags", ['"3"', '"1", "3"', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_of_the_given_version_succeeds(api: Api, method: str, tags: str) -> None:
    path = await at_version_3(api)

    answer = await api.raw(method, path, headers={"if-match": tags})

    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ('"2"', "The task is at version 3 now; changed since version 2: is_completed, completed_at"),
        ('"9"', "The task is at version 3 now"),
        ('W/"3"', f"The task is at version 3 now; {WEAK}"),
    ],
)
async def test_a_read_of_another_version_is_refused(api: Api, tags: str, sentence: str) -> None:
    path = await at_version_3(api)

    answer = await api.send("GET", path, headers={"if-match": tags})
    head = await api.raw("HEAD", path, headers={"if-match": tags})

    assert (answer.refusal, answer.etag) == ((412, sentence), '"3"')
    assert (head.status_code, head.content, head.headers["etag"]) == (412, b"", '"3"')


async def test_a_read_checks_if_match_before_if_none_match(api: Api) -> None:
    path = await at_version_3(api)

    failing = await api.raw("GET", path, headers={"if-match": '"2"', "if-none-match": '"3"'})
    holding = await api.raw("GET", path, headers={"if-match": '"3"', "if-none-match": '"3"'})

    assert [failing.status_code, holding.status_code] == [412, 304]


async def test_a_past_version_is_compared_with_if_match(api: Api) -> None:
    path = await at_version_3(api)

    named = await api.send("GET", f"{path}?version=2", headers={"if-match": '"2"'})
    present = await api.send("GET", f"{path}?version=2", headers={"if-match": '"3"'})
    weak = await api.send("GET", f"{path}?version=2", headers={"if-match": 'W/"2"'})

    assert weak.refusal == (412, f"If-Match does not name version 2, which was asked for; {WEAK}")
    assert (named.status, named.etag) == (200, '"2"')
    assert present.refusal == (412, "If-Match does not name version 2, which was asked for")
    assert present.etag == '"2"'


async def test_a_missing_task_is_not_found_with_any_if_match(api: Api) -> None:
    answer = await api.send("GET", f"/tasks/{uuid4()}", headers={"if-match": "*"})

    assert answer.refusal == (404, "Task not found")


@pytest.mark.parametrize("header", ["if-match", "if-none-match"])
@pytest.mark.parametrize("tags", ["*", '"1"', "foo", '"open'])
async def test_create_ignores_both_preconditions(api: Api, header: str, tags: str) -> None:
    answer = await api.send("POST", "/tasks", TITLE, {"content-type": "application/json", header: tags})

    assert answer.status == 201


async def test_changes_in_the_same_batch_are_reported_too(api: Api) -> None:
    task = await api.create("Milk")
    path = f"/tasks/{task.task['id']}"

    won, lost = await gather(
        api.write("PUT", path, '{"description": "Two litres"}', if_match='"1"'),
        api.write("PUT", path, TITLE, if_match='"1"'),
    )

    assert won.status == 200
    assert lost.refusal == (412, "The task is at version 2 now; changed since version 1: description")


@every_write_of_a_task
async def test_a_missing_task_is_reported_before_the_precondition(api: Api, route: str) -> None:
    write = await prepared(api, route)
    path = write.path.replace(write.task_id, str(uuid4()))

    answer = await api.write(write.method, path, write.body, if_match='"9"')

    assert answer.refusal == (404, "Task not found")


async def test_a_change_without_effect_checks_the_precondition_first(api: Api) -> None:
    path = await at_version_3(api)

    complete = await api.write("PATCH", f"{path}/complete", if_match='"2"')
    update = await api.write("PUT", path, '{"title": "Buy milk"}', if_match='"2"')
    restore = await api.write("POST", f"{path}/restore", if_match='"2"')

    assert [complete.status, update.status, restore.status] == [412] * 3


async def test_the_precondition_is_checked_before_the_version_to_restore(api: Api) -> None:
    path = await at_version_3(api)

    stale = await api.write("POST", f"{path}/restore", '{"version": 9}', if_match='"2"')
    fresh = await api.write("POST", f"{path}/restore", '{"version": 9}', if_match='"3"')

    assert [stale.status, fresh.status] == [412, 404]


async def test_bad_input_is_refused_before_the_precondition_is_checked(api: Api) -> None:
    answer = await api.write("PUT", f"/tasks/{uuid4()}", '{"title": ""}', if_match='"9"')

    assert answer.refusal == (400, "title: must not be empty")


async def test_a_deleted_task_is_restored_only_from_the_version_of_its_deletion(api: Api) -> None:
    path = await at_version_3(api)
    await api.delete(path.removeprefix("/tasks/"))

    stale = await api.write("POST", f"{path}/restore", if_match='"3"')
    fresh = await api.write("POST", f"{path}/restore", if_match='"4"')

    assert stale.error is not None
    assert stale.error.startswith("The task is at version 4 now; changed since version 3: title, description")
    assert (fresh.status, fresh.etag) == (200, '"5"')


async def test_a_stale_change_under_a_key_leaves_the_key_free(api: Api, database: Database) -> None:
    path = await at_version_3(api)

    stale = await api.write("PUT", path, TITLE, key="k", if_match='"2"')

    assert (stale.status, stored_keys(database)) == (412, [])
    assert (await api.write("PUT", path, TITLE, key="k", if_match='"3"')).status == 200


async def test_of_50_updates_of_one_version_exactly_one_wins(api: Api) -> None:
    task = await api.create("Title")
    path = f"/tasks/{task.task['id']}"

    answers: list[Answer] = await gather(
        *(api.write("PUT", path, f'{{"title": "Title {number}"}}', if_match='"1"') for number in range(50))
    )

    won = [answer for answer in answers if answer.status == 200]
    lost = [answer.refusal for answer in answers if answer.status != 200]
    assert [answer.task for answer in won] == [(await api.get(task)).task]
    assert lost == [(412, "The task is at version 2 now; changed since version 1: title")] * 49
    assert len((await api.story(task)).page["items"]) == 2
