"""Which tests run in the same process of pytest-xdist: those that share what is slow to start.

The units with the most tests are handed out first.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

BY_MODULE = (
    "tests/apps/test_up",
    "tests/e2e/",
    "tests/peers/test_upstreams",
    "tests/services/auth/directories/test_endpoints",
    "tests/services/qa/language_models/test_router",  # imports the clients of all providers
)


OF_ONE_PLATFORM = ("tests/e2e/test_qa_", "tests/e2e/test_smuggling")


class Together(LoadScopeScheduling):
    """Hands out one test at a time, but for what belongs together."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(OF_ONE_PLATFORM):
            return OF_ONE_PLATFORM[0]
        return nodeid.partition("::")[0] if nodeid.startswith(BY_MODULE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)
