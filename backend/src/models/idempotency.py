"""Stored results of requests with an Idempotency-Key."""

from datetime import datetime, timedelta

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base

KEPT = timedelta(hours=24)


class IdempotencyKey(Base):
    """A key, its request and its result, written in the transaction of the change.

    `fingerprint` is the SHA-256 of the request, `snapshot` canonical JSON: a task, or null.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_at", "created_at"),)

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    snapshot: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
