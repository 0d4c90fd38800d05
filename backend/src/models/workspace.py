"""Workspaces, each with a history of its own, and the principals that act in them."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Connection, Engine, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base
from src.database.driver_errors import translated_errors
from src.exceptions.errors import StartError

WorkspaceId = NewType("WorkspaceId", UUID)
"""Made only by the queries below, so that no id of anything else can select rows."""
DEFAULT_SLUG = "default"


class ActorKind(StrEnum):
    SHARED = "shared"
    PERSON = "person"
    PROGRAM = "program"
    AGENT = "agent"
    SYSTEM = "system"


SHARED_PRINCIPAL: Final = UUID("00000000-0000-8000-8000-000000000001")
"""Anybody with the shared token, or anybody at all if no token is configured. It is the same in every database."""


SYSTEM_PRINCIPAL: Final = UUID("00000000-0000-8000-8000-000000000002")
"""Whoever runs a command on the server's machine."""


class Workspace(Base):
    """Tasks with a history of their own. A closed one can only be read."""

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("slug"), UniqueConstraint("external_key"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(255))
    external_key: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Principal(Base):
    """Somebody or something that acts. Entries name it by its id only, so its name can be erased here.

    `answers_for` is the person behind a program or an agent.
    """

    __tablename__ = "principals"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        CheckConstraint("kind IN ('shared', 'person', 'program', 'agent', 'system')", name="kind_known"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(7))
    name: Mapped[str | None] = mapped_column(String(255))
    issuer: Mapped[str | None] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))
    answers_for: Mapped[UUID | None]
    disabled_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


def find_default_workspace(engine: Engine) -> WorkspaceId:
    """That of all requests. Raises StartError if it is missing."""
    with translated_errors(), engine.connect() as connection:
        found = connection.scalar(select(Workspace.id).where(Workspace.slug == DEFAULT_SLUG))
    if found is None:
        raise StartError(f"the database has no workspace with the slug '{DEFAULT_SLUG}'")
    return WorkspaceId(found)


def all_workspaces(connection: Connection) -> list[WorkspaceId]:
    """In the order in which they were created."""
    return [WorkspaceId(each) for each in connection.execute(select(Workspace.id).order_by(Workspace.id)).scalars()]
