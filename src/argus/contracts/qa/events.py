"""What autonomous QA tells the others. Identifiers are in their public form."""

from argus.kernel.events import Event, event


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestRunStarted(Event):
    """A worker began to test the application."""

    run_id: str
    app_url: str


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestPassed(Event):
    """A test passed, healed or not."""

    run_id: str
    test_id: str


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestFailed(Event):
    """`category` is the verdict of triage."""

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
