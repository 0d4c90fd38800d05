"""Health as probes read it."""

from typing import Literal

from pydantic import BaseModel

from src.utils.response import Read


class Health(BaseModel):
    status: Literal["healthy"] = "healthy"
    service: Literal["tasktrail"] = "tasktrail"
    version: str


class HealthAnswer(Read[Health]):
    """The server is healthy."""
