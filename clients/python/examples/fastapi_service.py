"""Reports for those who may read them: `uvicorn fastapi_service:app`."""

from typing import Annotated

from fastapi import FastAPI

from argus_client import Principal
from argus_client.integrations.fastapi import Argus

app = FastAPI()
argus = Argus(app)


@app.get("/reports")
async def reports(
    caller: Annotated[Principal, argus.requires("results:read")],
) -> dict[str, object]:
    """What the plan includes, counted."""
    argus.client.record_usage("api_calls")
    detailed = await argus.client.entitled("api_access")
    return {"for": caller.id, "reports": ["totals", "details"] if detailed else ["totals"]}
