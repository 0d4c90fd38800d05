"""Bytes on the wire: our HTTP protocol, a subclass of uvicorn's."""

from src.server.uvicorn_internals import check_names

check_names()
