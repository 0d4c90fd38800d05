"""Settings, from the environment and `backend/.env`."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from src.database.connection import DatabaseOptions
from src.exceptions.errors import StartError

BACKEND = Path(__file__).resolve().parent
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]", "testserver")

Names = Annotated[tuple[str, ...], NoDecode]
"""Comma-separated in the environment."""


class Settings(BaseSettings):
    """Each is described in `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=BACKEND / ".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: str = Field("sqlite:///./tasks.db", repr=False)
    database_pooler: bool = False
    auto_migrate: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    allow_unauthenticated: bool = False
    allowed_hosts: Names = ()
    frontend_url: Names = ("http://localhost:3000",)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    debug: bool = False

    @field_validator("allowed_hosts", "frontend_url", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("frontend_url")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(url) for url in origins)

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def database(self) -> DatabaseOptions:
        """Raises StartError."""
        return DatabaseOptions.parse(self.database_url, directory=BACKEND, pooler=self.database_pooler)

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request's Host header may name."""
        return OWN_HOSTS + self.allowed_hosts

    def check_exposure(self) -> None:
        """Raises StartError where everybody who reaches the address could read and change everything."""
        if self.host not in LOOPBACK and not self.allow_unauthenticated:
            raise StartError(
                "HOST: is not a loopback address, and Tasktrail has no users yet: whoever reaches it could change "
                "every task. Use HOST=127.0.0.1 behind a proxy that asks who is there, or set "
                "ALLOW_UNAUTHENTICATED=true where the network itself is the wall"
            )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"} or parts.query:
        raise ValueError("must be one or several origins such as http://localhost:3000, separated by commas")
    return f"{parts.scheme}://{parts.netloc}".lower()


def load_settings() -> Settings:
    """Raises StartError, which names each setting that is wrong and shows no value."""
    try:
        return Settings()
    except ValidationError as error:
        raise StartError("; ".join(map(_problem, error.errors()))) from None


def _problem(error: ErrorDetails) -> str:
    return f"{str(error['loc'][0]).upper()}: {error['msg'].removeprefix('Value error, ')}"
