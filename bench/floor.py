"""The floor: our models and envelope on a bare FastAPI application, with no database."""

import os
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from src.api.dependencies import TaskId
from src.models.task import TaskSnapshot
from src.schemas.task import TaskAnswer, TaskCreate, TaskCreated
from src.utils.identifiers import new_id
from src.utils.timestamps import utc_now

app = FastAPI()


def make_task(task_id: UUID, title: str, description: str | None) -> TaskSnapshot:
    now = utc_now()
    return TaskSnapshot(task_id, title, description, False, now, now, None, 1)  # noqa: FBT003  # the row's own order


@app.post("/api/v1/tasks", response_model=TaskCreated, status_code=201)
async def create_task(body: TaskCreate) -> TaskSnapshot:
    """A task made up on the spot."""
    return make_task(new_id(), body.title, body.description)


@app.get("/api/v1/tasks/{id}", response_model=TaskAnswer)  # noqa: FAST003  # TaskId says that it is `id`
async def get_task(task_id: TaskId) -> TaskSnapshot:
    """A task made up on the spot."""
    return make_task(task_id, "Buy milk", "Semi-skimmed, two litres")


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), access_log=False, server_header=False)
