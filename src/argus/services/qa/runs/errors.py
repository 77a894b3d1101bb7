"""What can go wrong with runs."""

from argus.kernel.errors import ArgusError, NotFound


class RunNotFound(NotFound):
    """There is no such run in the caller's organization."""

    code, title = "qa.run.not_found", "Run not found"


class RunNotEntitled(ArgusError):
    """The organization's tier does not include another run now.

    The answer says why, and names the cheapest tier that includes it. Wait for the next billing
    period, or change the tier.
    """

    code, status, title = "qa.run.not_entitled", 402, "Tier does not include this run"


class TargetRefused(ArgusError):
    """The address is not one that Argus tests: not http or https, with credentials in it, or of a
    cloud's metadata service.

    Give the address of a web application, such as `http://127.0.0.1:8000`.
    """

    code, status, title = "qa.run.target_refused", 422, "Address refused"


class WorkerIncomplete(ArgusError):
    """The worker cannot load what executes runs; the message names what is missing.

    Install Argus anew where the worker runs (`make up` does), restart it, and start the run again.
    """

    code, status, title = "qa.worker.incomplete", 503, "Worker incomplete"


class RunOver(ArgusError):
    """The run has ended, so it can be neither paused, resumed nor cancelled.

    Its report is at `/api/v1/qa/runs/{run_id}/report`. Start another run, or replay its suite.
    """

    code, status, title = "qa.run.over", 409, "Run has ended"


class RunNotEnded(ArgusError):
    """The run has no report yet.

    Follow it at `/api/v1/stream/test/{run_id}`, or ask again later.
    """

    code, status, title = "qa.run.not_ended", 409, "Run has not ended"
