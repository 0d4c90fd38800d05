"""Counts of existing tasks created and completed on each day."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base


class DailyCount(Base):
    """A day in UTC, updated with every change; days without tasks may have no row.

    Existing tasks are counted by their present `created_at` and `completed_at`; deleted ones are not counted.
    """

    __tablename__ = "daily_counts"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    created: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int] = mapped_column(BigInteger)
