"""Reports for those who may read them: `flask --app flask_service run`."""

from flask import Flask

from argus_client.integrations.flask import Argus

app = Flask(__name__)
argus = Argus(app)


@app.get("/reports")
@argus.requires("results:read")
def reports() -> dict[str, object]:
    """What the plan includes, counted."""
    argus.client.record_usage("api_calls")
    detailed = argus.client.entitled("api_access")
    return {"for": argus.principal.id, "reports": ["totals", "details"] if detailed else ["totals"]}
