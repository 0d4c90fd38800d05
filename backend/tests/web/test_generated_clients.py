"""What generators of clients make of the document compiles with `strict`, and so do the examples that use it."""

import pytest

from tests.web.workshop import FILES, GENERATORS, MADE, Workshop

USES = {
    "use-types.ts": """
import type { components, operations } from "./types";
const popup: operations["create_task"]["responses"][201]["content"]["application/json"]["popup"] = "TASK_CREATED";
const changes: components["schemas"]["HistoryResponse"]["changes"] = { title: [null, "Buy milk"] };
export const used = [popup, changes];
""",
    "use-client.ts": """
import { createTask, getHistory, updateTask } from "./client";
const created = await createTask({ body: { title: "Buy milk" }, headers: { "Idempotency-Key": "1" } });
const popup: "TASK_CREATED" | undefined = created.data?.popup;
const id: string = created.data?.data.id ?? "";
const refused = await updateTask({ path: { id }, body: { title: "" }, headers: { "If-Match": '"1"' } });
const sentence: string | undefined = refused.error?.error;
const page = await getHistory({ query: { action_type: "CREATED" } });
const old: unknown = page.data?.data.items[0]?.changes["title"]?.[0];
export const used = [popup, sentence, old];
""",
    "use-orval.ts": """
import { createTask, getHistory } from "./orval";
const created = await createTask({ title: "Buy milk" });
const popup: "TASK_CREATED" | null = created.status === 201 ? created.data.popup : null;
const sentence: string | null = created.status === 400 ? created.data.error : null;
const page = await getHistory({ action_type: "CREATED" });
const old: unknown = page.status === 200 ? page.data.data.items[0]?.changes["title"]?.[0] : null;
export const used = [popup, sentence, old];
""",
}
MISTAKES = {
    "use-types.ts": [('["popup"] = "TASK_CREATED"', '["popup"] = "TASK_UPDATED"'), ("create_task", "make_task")],
    "use-client.ts": [('title: "Buy milk"', 'titel: "Buy milk"'), ('"CREATED"', '"MADE"')],
    "use-orval.ts": [('"TASK_CREATED" | null', '"TASK_UPDATED" | null'), ("data.items", "data.entries")],
}
WRONG = {
    f"{name.removesuffix('.ts')}-{number}.ts": (name, change)
    for name, changes in MISTAKES.items()
    for number, change in enumerate(changes)
}


@pytest.fixture(scope="module")
def complaints(workshop: Workshop) -> str:
    """Compile all of it, and beside it each mistake."""
    for name, (right, _) in WRONG.values():
        assert right in USES[name]
    return workshop.complaints(
        USES | {wrong: USES[name].replace(*change, 1) for wrong, (name, change) in WRONG.items()}
    )


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_client_is_made_and_compiles(workshop: Workshop, complaints: str, generator: str) -> None:
    made = MADE[generator]

    assert generator not in workshop.failed, workshop.failed
    assert (workshop.folder / made).exists()
    assert made not in complaints


@pytest.mark.parametrize("file", [*USES, *(name for name in FILES if name.endswith((".ts", ".tsx")))])
def test_what_uses_it_compiles(complaints: str, file: str) -> None:
    assert f"{file}(" not in complaints


@pytest.mark.parametrize("file", WRONG)
def test_what_the_api_does_not_know_does_not_compile(complaints: str, file: str) -> None:
    assert f"{file}(" in complaints
