"""Version 1 of the API."""

from fastapi import APIRouter

from src.api.v1 import health, history, stats, tasks

router = APIRouter(prefix="/api/v1")
for part in (tasks, history, stats, health):
    router.include_router(part.router)
