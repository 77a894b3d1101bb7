"""What can go wrong with suites."""

from argus.kernel.errors import NotFound


class SuiteNotFound(NotFound):
    """There is no such suite, or no such version of it, in the caller's organization.

    `GET /api/v1/qa/suites` lists the suites; old versions are kept for as long as the runs are.
    """

    code, title = "qa.suite.not_found", "Suite not found"
