"""Stored results of requests with an Idempotency-Key."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base

KEPT = timedelta(hours=24)


class IdempotencyKey(Base):
    """A key of a principal, its request and its result, written in the transaction of the change.

    `fingerprint` is the SHA-256 of the request, `snapshot` canonical JSON: a task, or null.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_workspace_id_created_at", "workspace_id", "created_at"),)

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    snapshot: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
