"""Version 1 of the API."""

from src.api.v1 import health, history, stats, tasks

routes = [route for part in (tasks, history, stats, health) for route in part.router.routes]
"""A flat list, since each nested router costs time per request."""
