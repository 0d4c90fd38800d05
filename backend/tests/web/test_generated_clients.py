"""Generated clients compile with `strict`, and so does code that uses them."""

import pytest

from tests.web.toolchain import FILES, GENERATORS, MADE, Toolchain

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
def compiler_errors(toolchain: Toolchain) -> str:
    """Compile the clients, their uses and each mistake."""
    for name, (right, _) in WRONG.values():
        assert right in USES[name]
    return toolchain.compiler_errors(
        USES | {wrong: USES[name].replace(*change, 1) for wrong, (name, change) in WRONG.items()}
    )


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_client_is_made_and_compiles(toolchain: Toolchain, compiler_errors: str, generator: str) -> None:
    made = MADE[generator]

    assert generator not in toolchain.failed, toolchain.failed
    assert (toolchain.folder / made).exists()
    assert made not in compiler_errors


@pytest.mark.parametrize("file", [*USES, *(name for name in FILES if name.endswith((".ts", ".tsx")))])
def test_code_that_uses_it_compiles(compiler_errors: str, file: str) -> None:
    assert f"{file}(" not in compiler_errors


@pytest.mark.parametrize("file", WRONG)
def test_mistakes_do_not_compile(compiler_errors: str, file: str) -> None:
    assert f"{file}(" in compiler_errors
