"""/healthz, /readyz, /metrics."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from payment_app.api.access import Services, may_read_metrics
from payment_app.services.shared.metrics import REGISTRY
from payment_app.services.shared.policy import ANYONE, METRICS, declares

router = APIRouter(tags=["health"])


@router.get("/healthz")
@declares(ANYONE)
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
@declares(ANYONE)
async def readyz(services: Services) -> JSONResponse:
    """200 when database, migrations and background work are all well, else 503."""
    checks = await services.readiness.look()
    well = all(checks.values())
    return JSONResponse(
        {"status": "ok" if well else "not ready", "checks": checks}, 200 if well else 503
    )


@router.get("/metrics", dependencies=[Depends(may_read_metrics)])
@declares(METRICS)
async def metrics(services: Services) -> Response:
    """Counters in Prometheus' text form."""
    await services.gauges.refresh()
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
