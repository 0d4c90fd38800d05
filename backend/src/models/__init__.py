"""The tables."""

from src.models.daily_count import DailyCount
from src.models.idempotency import IdempotencyKey
from src.models.task import Task
from src.models.task_history import HistoryHead, TaskHistory
from src.models.workspace import Principal, Workspace

__all__ = ["DailyCount", "HistoryHead", "IdempotencyKey", "Principal", "Task", "TaskHistory", "Workspace"]
