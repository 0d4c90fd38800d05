"""`StrictRoute` rejects, at construction, endpoints that it can't run."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

import pytest
from fastapi import BackgroundTasks, Cookie, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from src.api.route import StrictRoute
from src.utils.response import Read


class Body(BaseModel):
    title: str


class Answer(Read[str]):
    pass


async def of_the_request(request: Request) -> str:
    return request.method


async def of_another(inner: Annotated[str, Depends(of_the_request)]) -> str:
    return inner


async def of_the_query(page: int) -> int:
    return page


async def with_an_end(request: Request) -> AsyncIterator[str]:
    yield request.method


async def takes_a_header(tag: Annotated[str, Header()]) -> str:
    return tag


async def takes_a_cookie(session: Annotated[str, Cookie()]) -> str:
    return session


async def takes_a_response(response: Response) -> str:
    return str(response)


async def takes_background_tasks(tasks: BackgroundTasks) -> str:
    return str(tasks)


def runs_in_a_thread() -> str:
    return ""


async def takes_two_bodies(one: Body, other: Body) -> str:
    return one.title + other.title


async def takes_a_model_of_the_query_and_more(query: Annotated[Body, Query()], page: int) -> str:
    return f"{query} {page}"


async def takes_a_nested_dependency(value: Annotated[str, Depends(of_another)]) -> str:
    return value


async def takes_a_dependency_on_the_query(value: Annotated[int, Depends(of_the_query)]) -> str:
    return str(value)


async def takes_a_dependency_with_an_end(value: Annotated[str, Depends(with_an_end)]) -> str:
    return value


async def takes_what_is_known(
    request: Request, page: int, body: Body, value: Annotated[str, Depends(of_the_request)]
) -> str:
    return f"{request} {page} {body} {value}"


@pytest.mark.parametrize(
    "endpoint",
    [
        takes_a_header,
        takes_a_cookie,
        takes_a_response,
        takes_background_tasks,
        runs_in_a_thread,
        takes_two_bodies,
        takes_a_model_of_the_query_and_more,
        takes_a_nested_dependency,
        takes_a_dependency_on_the_query,
        takes_a_dependency_with_an_end,
    ],
)
def test_an_unsupported_endpoint_is_refused(endpoint: Callable[..., object]) -> None:
    with pytest.raises(TypeError, match="may take"):
        StrictRoute("/somewhere", endpoint, response_model=Answer)


def test_route_dependencies_are_refused() -> None:
    with pytest.raises(TypeError, match="may take"):
        StrictRoute("/somewhere", takes_what_is_known, response_model=Answer, dependencies=[Depends(of_the_request)])


def test_a_supported_endpoint_is_accepted() -> None:
    StrictRoute("/somewhere", takes_what_is_known, methods=["POST"], response_model=Answer)
