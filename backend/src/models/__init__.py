"""The tables."""

from src.models.task import Task
from src.models.task_history import HistoryHead, TaskHistory

__all__ = ["HistoryHead", "Task", "TaskHistory"]
