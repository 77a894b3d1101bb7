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


class ValueMissing(ArgusError):
    """The suite names a variable (`${env.currency}`) or a secret that the run does not have; the
    message says which, and in which environment.

    Set it in the environment, as by `argus qa environments set staging --variable currency=EUR`
    or `--secret notes.key=VARIABLE`, or give the run an environment that has it.
    """

    code, status, title = "qa.run.value_missing", 422, "Suite needs a value"


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
