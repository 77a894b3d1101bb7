"""What autonomous QA tells the others. Identifiers are in their public form."""

from argus.kernel.events import Event, event


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestRunStarted(Event):
    run_id: str
    app_url: str


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestPassed(Event):
    run_id: str
    test_id: str


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestFailed(Event):
    run_id: str
    test_id: str
    category: str


@event(topic="argus.qa.run.v1", partition_key="run_id")
class HealingApplied(Event):
    """A test passed with a changed locator; `before` and `after` describe it."""

    run_id: str
    test_id: str
    step: str
    before: str
    after: str


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestRunEnded(Event):
    """`status`: passed, failed, error."""

    run_id: str
    status: str
    tests: int
    product_bugs: int
