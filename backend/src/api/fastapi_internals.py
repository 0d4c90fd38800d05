"""Undocumented names of FastAPI that are used here. Check them when upgrading FastAPI.

Of its documented `APIRoute`, `route.py` also uses `dependant`, `body_field` and `response_field`.
"""

from fastapi._compat import ModelField  # a path, query or body parameter with its validation, as a `Dependant` lists it
from fastapi.dependencies.models import Dependant  # a parsed signature; FastAPI offers no public way to get it
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware  # required by FastAPI's streaming handler
from fastapi.params import Form  # distinguishes form fields, which are not supported, from a JSON body

__all__ = ["AsyncExitStackMiddleware", "Dependant", "Form", "ModelField"]
