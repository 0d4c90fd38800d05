"""Probes for load balancers and supervisors."""

from fastapi import APIRouter, Request

from src.api.dependencies import Db
from src.api.route import StrictRoute
from src.schemas.health import Health, HealthAnswer
from src.utils.response import failures

router = APIRouter(prefix="/api/v1/health", tags=["health"], route_class=StrictRoute)

READY_SECONDS = 1.0
"""The maximum age of a repeated result."""


@router.get("", response_model=HealthAnswer, responses=failures(400, 500))
async def get_health(request: Request) -> Health:
    """Whether the server runs; asks nothing of the database."""
    return Health(version=request.app.version)


@router.get("/ready", response_model=HealthAnswer, responses=failures(400, 500, 503))
async def get_readiness(request: Request, db: Db) -> Health:
    """Whether the database answers, takes writes, and its schema is current, now or less than a second ago."""
    request.app.state.head_lead.note(await db.require_ready_lately(request.app.state.workspace, READY_SECONDS))
    return Health(version=request.app.version)
