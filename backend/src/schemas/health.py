"""Health as probes read it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from src.utils.response import Read


class Health(BaseModel):
    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    status: Literal["healthy"] = "healthy"
    service: Literal["tasktrail"] = "tasktrail"
    version: str


class HealthAnswer(Read[Health]):
    """The server is healthy."""
