"""How many living tasks were created and completed on each day."""

from datetime import date

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from src.database.base import Base


class DailyCount(Base):
    """A day of UTC, kept by the writer with every change; a day without any may have no row.

    Tasks are counted by what `created_at` and `completed_at` are now, so that one that is deleted counts nowhere.
    """

    __tablename__ = "daily_counts"

    day: Mapped[date] = mapped_column(primary_key=True)
    created: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int] = mapped_column(BigInteger)
