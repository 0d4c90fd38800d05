"""Requests that nobody thought of, made from the OpenAPI document, right ones and wrong ones."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from requests import Session
from schemathesis import CheckFunction
from schemathesis.python.asgi import ASGIApp, get_client, shutdown_lifespans
from schemathesis.specs.openapi.checks import positive_data_acceptance

from main import app, create_app
from tests.conftest import settings_for
from tests.databases import Database

BASE_URL = "http://testserver"
SAYABLE = ("/history", "/history/verify", "/stats/weekly", "/health", "/health/ready")
document = schemathesis.openapi.from_dict(app.openapi()).exclude(path_regex="/events$")  # a stream never ends
the_same_each_time = settings(
    max_examples=50,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def client(shared_database: Database) -> Iterator[Session]:
    """Serve an application to schemathesis, which starts it on an event loop of its own."""
    with get_client(cast("ASGIApp", create_app(settings_for(shared_database)))) as session:
        yield session
    shutdown_lifespans()


@document.parametrize()
@the_same_each_time
def test_every_answer_is_as_documented(case: schemathesis.Case[Any], client: Session) -> None:
    call_and_validate(case, client)


@document.include(path_regex="{id}").parametrize()
@the_same_each_time
def test_every_answer_about_a_task_that_exists_is_as_documented(case: schemathesis.Case[Any], client: Session) -> None:
    created = client.post("/api/v1/tasks", json={"title": "Buy milk"})

    case.path_parameters["id"] = created.json()["data"]["id"]

    call_and_validate(case, client)


def call_and_validate(case: schemathesis.Case[Any], client: Session) -> None:
    """Hold the answer to the document, but for what a schema can't say of right input.

    Such as what is visible in a title, at which version a task is, which key is taken, what has not come yet.
    """
    is_plain = case.operation.method == "get" and case.operation.path.endswith(SAYABLE)
    excluded: list[CheckFunction] = [] if is_plain else [positive_data_acceptance]
    case.call_and_validate(base_url=BASE_URL, session=client, excluded_checks=excluded)
