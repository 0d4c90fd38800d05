"""What is used of FastAPI beyond its documentation, in one place for whoever upgrades it.

Of its documented `APIRoute`, `route.py` also uses `dependant`, `body_field` and `response_field`.
"""

from fastapi._compat import ModelField  # a path, query or body parameter with its validation, as a `Dependant` lists it
from fastapi.dependencies.models import Dependant  # what FastAPI read from a signature; it offers no other way to ask
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware  # FastAPI's handler, which streams, needs it
from fastapi.params import Form  # tells a form's field, which we refuse, from a JSON body

__all__ = ["AsyncExitStackMiddleware", "Dependant", "Form", "ModelField"]
