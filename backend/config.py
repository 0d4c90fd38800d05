"""Settings, from the environment and `backend/.env`."""

import re
from pathlib import Path
from typing import Annotated, Literal

import structlog
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from src.database.connection import DatabaseOptions
from src.exceptions.errors import StartError
from src.utils.addresses import canonical_origin, is_loopback

BACKEND = Path(__file__).resolve().parent
OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")

OWN_PATHS = frozenset({"api", "docs", "docs-assets", "openapi.json", "web"})
"""The first segments of our own paths. With such a `ROOT_PATH`, nobody could tell whether a proxy strips it."""

_ROOT_PATH = re.compile(r"(/(?!\.{1,2}(/|\Z))[A-Za-z0-9._~-]+)+")
_log = structlog.get_logger(__name__)
_TOKEN = re.compile(r"[\x21-\x7e]{32,}")

TOKENS = ("api_token", "api_token_previous", "api_token_read")
MAX_SECRET = 4096
"""Bytes that are read of a token file."""


def _read_secret(path: object) -> SecretStr | None:
    """Read a file, without trailing line breaks; a relative path is relative to `backend/`."""
    if path is None:
        return None
    try:
        with (BACKEND / str(path)).open("rb") as file:
            content = file.read(MAX_SECRET)
    except (OSError, ValueError):
        raise ValueError(
            "can't be read; the file must be there, and the server's user must be allowed to read it"
        ) from None
    return SecretStr(content.decode("latin-1").rstrip("\r\n"))


SecretFile = Annotated[SecretStr | None, BeforeValidator(_read_secret)]
"""A path in the environment, the content of that file here."""
Names = Annotated[tuple[str, ...], NoDecode]
"""Comma-separated in the environment."""


class Settings(BaseSettings):
    """Described in `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=BACKEND / ".env",
        env_file_encoding="utf-8-sig",  # ignores a byte-order mark, which some editors write
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    database_url: str = Field("sqlite:///./tasks.db", repr=False)
    database_pooler: bool = False
    auto_migrate: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    api_token_file: SecretFile = None
    api_token: SecretStr | None = Field(None, validate_default=True)
    api_token_previous_file: SecretFile = None
    api_token_previous: SecretStr | None = Field(None, validate_default=True)
    api_token_read_file: SecretFile = None
    api_token_read: SecretStr | None = Field(None, validate_default=True)
    allow_unauthenticated: bool = False
    rate_limit: int = Field(600, ge=0)
    keep_alive: int = Field(75, ge=1, le=3600)
    max_connections: int = Field(10_000, ge=1)
    max_listeners: int = Field(2_000, ge=1)
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
        """Accept IPv6 addresses as in URLs."""
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
        if path and (not _ROOT_PATH.fullmatch(path) or path.split("/")[1] in OWN_PATHS):
            raise ValueError("must be a path such as /tasks-app that does not begin like one of this server's own")
        return path

    @field_validator(*TOKENS, mode="before")
    @classmethod
    def _take_from_file(cls, token: object, info: ValidationInfo) -> object:
        from_file = info.data.get(f"{info.field_name}_file")
        if from_file is not None and token is not None:
            raise ValueError("is set twice, here and as " + f"{info.field_name}_file".upper())
        return token if from_file is None else from_file

    @field_validator(*(f"{name}{kind}" for name in TOKENS for kind in ("", "_file")))
    @classmethod
    def _check_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("must be 32 or more characters of visible ASCII, as `openssl rand -hex 32` makes them")
        return token

    @field_validator("api_token_previous", "api_token_read")
    @classmethod
    def _check_other_token(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if token is None or not {"api_token", "api_token_file"} <= info.data.keys():  # it is invalid itself
            return token
        if info.data["api_token"] is None:
            raise ValueError("needs API_TOKEN, which may also write")
        for other in ("api_token", "api_token_previous"):
            if info.data.get(other) == token:
                raise ValueError(f"must differ from {other.upper()}")
        return token

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("*", mode="before")
    @classmethod
    def _check_text(cls, value: object) -> object:
        """Validators run from last to first. Python decodes invalid bytes as surrogates, which no driver accepts."""
        try:
            if isinstance(value, str):
                value.encode(errors="surrogateescape").decode()
        except UnicodeError:
            raise ValueError("must be text in UTF-8") from None
        return value

    @property
    def database(self) -> DatabaseOptions:
        """Raises StartError."""
        return DatabaseOptions.parse(self.database_url, directory=BACKEND, pooler=self.database_pooler)

    @property
    def full_tokens(self) -> tuple[SecretStr, ...]:
        """The current token and the previous one."""
        return tuple(token for token in (self.api_token, self.api_token_previous) if token)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Accepted values of the Host header."""
        return OWN_HOSTS + self.allowed_hosts

    def warn_if_open(self) -> None:
        """Log a warning if the server accepts everybody, in case a token was forgotten."""
        if self.allow_unauthenticated and not self.api_token:
            _log.warning(
                "no token: ALLOW_UNAUTHENTICATED is on and API_TOKEN is not set, "
                "so anyone who can reach this server can read and change every task"
            )

    def check_exposure(self) -> None:
        """Raises StartError for a public address without a token or the consent of `allow_unauthenticated`."""
        if not (is_loopback(self.host) or self.api_token or self.allow_unauthenticated):
            raise StartError(
                "HOST: is not a loopback address, so anyone who can reach it could change every task. Use "
                "HOST=127.0.0.1 behind a proxy that authenticates; or set API_TOKEN, which clients then send; or set "
                "ALLOW_UNAUTHENTICATED=true if the network itself is protected"
            )


def _origin(url: str) -> str:
    origin = canonical_origin(url.removesuffix("/"))
    if origin is None:
        raise ValueError("must be one or several origins such as http://localhost:3000, separated by commas")
    return origin


def load_settings() -> Settings:
    """Raises StartError, which names every invalid setting and shows no value."""
    file = Settings.model_config.get("env_file")
    if isinstance(file, Path) and file.is_dir():  # container runtimes create one if the file to mount is missing
        raise StartError(".env: is a folder; it must be a file")
    try:
        return Settings()
    except ValidationError as error:
        raise StartError("; ".join(map(_problem, error.errors()))) from None
    except UnicodeError:
        raise StartError(".env: must be text in UTF-8") from None
    except OSError:
        raise StartError(".env: can't be read; the server's user must be allowed to") from None


def _problem(error: ErrorDetails) -> str:
    return f"{str(error['loc'][0]).upper()}: {error['msg'].removeprefix('Value error, ')}"
