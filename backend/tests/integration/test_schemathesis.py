"""Requests that nobody thought of, made from the OpenAPI document, right ones and wrong ones."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.python.asgi import shutdown_lifespans

from main import create_app
from tests.conftest import settings_for
from tests.databases import Database


@pytest.fixture(scope="module")
def schema(shared_database: Database) -> Iterator[schemathesis.BaseSchema]:
    """Serve an application to schemathesis, which starts it on an event loop of its own."""
    app = create_app(settings_for(shared_database))
    yield schemathesis.openapi.from_asgi("/openapi.json", app)
    shutdown_lifespans()


api = schemathesis.pytest.from_fixture("schema")


@api.parametrize()
@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_is_answered_but_as_documented(case: schemathesis.Case) -> None:
    case.call_and_validate()
