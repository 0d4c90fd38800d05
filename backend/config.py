"""Settings, from the environment and `backend/.env`."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from src.database.connection import DatabaseOptions
from src.exceptions.errors import StartError
from src.utils.addresses import is_loopback
from src.utils.origins import canonical_origin

BACKEND = Path(__file__).resolve().parent
OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")

OWN_FOLDERS = frozenset({"api", "docs", "docs-assets", "openapi.json", "web"})
"""What our own paths begin with: below them nobody could tell whether a proxy has taken `ROOT_PATH` away."""

_ROOT_PATH = re.compile(r"(/(?!\.{1,2}(/|\Z))[A-Za-z0-9._~-]+)+")
_TOKEN = re.compile(r"[\x21-\x7e]{32,}")

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
    api_token: SecretStr | None = None
    api_token_read: SecretStr | None = None
    allow_unauthenticated: bool = False
    rate_limit: int = Field(600, ge=0)
    allowed_hosts: Names = ()
    frontend_url: Names = ("http://localhost:3000", "http://localhost:5173")
    root_path: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    debug: bool = False
    trust_clock: bool = False
    web_ui: bool = True

    @field_validator("allowed_hosts", "frontend_url", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @field_validator("host")
    @classmethod
    def _without_brackets(cls, host: str) -> str:
        """IPv6 addresses are often written as in URLs."""
        host = host.strip()
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host

    @field_validator("frontend_url")
    @classmethod
    def _check_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_origin(url) for url in origins)

    @field_validator("root_path")
    @classmethod
    def _check_root_path(cls, path: str) -> str:
        path = path.removesuffix("/")
        if path and (not _ROOT_PATH.fullmatch(path) or path.split("/")[1] in OWN_FOLDERS):
            raise ValueError("must be a path such as /tasks-app, and none that begins like one of this server's own")
        return path

    @field_validator("api_token", "api_token_read")
    @classmethod
    def _check_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("must be 32 or more characters of visible ASCII, as `openssl rand -hex 32` makes them")
        return token

    @field_validator("api_token_read")
    @classmethod
    def _check_read_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if token is None or "api_token" not in info.data:  # which is wrong itself then, and named
            return token
        if info.data["api_token"] is None:
            raise ValueError("needs API_TOKEN, the one that may write")
        if info.data["api_token"] == token:
            raise ValueError("must be another one than API_TOKEN")
        return token

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
        if not (is_loopback(self.host) or self.api_token or self.allow_unauthenticated):
            raise StartError(
                "HOST: is not a loopback address, so whoever reaches it could change every task. Use HOST=127.0.0.1, "
                "behind a proxy that asks who is there; or set API_TOKEN, which clients then send; or set "
                "ALLOW_UNAUTHENTICATED=true where the network itself is the wall"
            )


def _origin(url: str) -> str:
    origin = canonical_origin(url.removesuffix("/"))
    if origin is None:
        raise ValueError("must be one or several origins such as http://localhost:3000, separated by commas")
    return origin


def load_settings() -> Settings:
    """Raises StartError, which names each setting that is wrong and shows no value."""
    try:
        return Settings()
    except ValidationError as error:
        raise StartError("; ".join(map(_problem, error.errors()))) from None


def _problem(error: ErrorDetails) -> str:
    return f"{str(error['loc'][0]).upper()}: {error['msg'].removeprefix('Value error, ')}"
