"""What autonomous QA tells the others. Identifiers are in their public form."""

from argus.kernel.events import Event, event


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestRunStarted(Event):
    """A worker began to test the application; `environment` is the name of where, if it has one."""

    run_id: str
    app_url: str
    environment: str = ""


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
    """A test passed with a changed locator; `before` and `after` describe it.

    `heal_id` names what was learnt of it; `approved` says whether a person, or the organization's
    policy, agreed.
    """

    run_id: str
    test_id: str
    step: str
    before: str
    after: str
    heal_id: str = ""
    approved: bool = False


@event(topic="argus.qa.heal.v1", partition_key="heal_id")
class HealApproved(Event):
    """Suites of the application hold the heal from now on."""

    heal_id: str
    before: str
    after: str


@event(topic="argus.qa.heal.v1", partition_key="heal_id")
class HealRejected(Event):
    """Somebody says that it is another element; the heal is never made again."""

    heal_id: str
    before: str
    after: str


@event(topic="argus.qa.heal.v1", partition_key="heal_id")
class HealUnlearnt(Event):
    """The heal was tried again and failed, or another one took its place."""

    heal_id: str
    before: str
    after: str


@event(topic="argus.qa.healing_policy.v1", partition_key="changed_by")
class HealingPolicyChanged(Event):
    """Proven heals that reach both thresholds are approved without a person from now on."""

    changed_by: str
    least_score: float
    least_margin: float


@event(topic="argus.qa.run.v1", partition_key="run_id")
class TestRunEnded(Event):
    """`status`: passed, failed, error."""

    run_id: str
    status: str
    tests: int
    product_bugs: int


@event(topic="argus.qa.suite.v1", partition_key="suite_id")
class SuiteSaved(Event):
    """A suite has a new version; the first one makes it."""

    suite_id: str
    version: int


@event(topic="argus.qa.suite.v1", partition_key="suite_id")
class SuiteDeleted(Event):
    """The suite, its versions and its schedules are gone."""

    suite_id: str


@event(topic="argus.qa.schedule.v1", partition_key="schedule_id")
class ScheduleCreated(Event):
    """Runs of the application start by themselves from now on; `cron` empty: after deploys.

    `app_url` is empty where the address is that of `environment`.
    """

    schedule_id: str
    cron: str
    app_url: str
    environment: str = ""


@event(topic="argus.qa.schedule.v1", partition_key="schedule_id")
class ScheduleChanged(Event):
    """The schedule was paused, or goes on."""

    schedule_id: str
    paused: bool


@event(topic="argus.qa.schedule.v1", partition_key="schedule_id")
class ScheduleDeleted(Event):
    """The schedule starts nothing any more."""

    schedule_id: str


@event(topic="argus.qa.environment.v1", partition_key="environment_id")
class EnvironmentCreated(Event):
    """Runs may be started in a place of that name from now on."""

    environment_id: str
    name: str
    base_url: str
    read_only: bool


@event(topic="argus.qa.environment.v1", partition_key="environment_id")
class EnvironmentChanged(Event):
    """`changed` names what was given, and `secrets` and `variables` which of them; the address and
    the flag are as they are now.
    """

    environment_id: str
    name: str
    base_url: str
    read_only: bool
    changed: list[str]
    secrets: list[str]
    variables: list[str]


@event(topic="argus.qa.environment.v1", partition_key="environment_id")
class EnvironmentDeleted(Event):
    """The environment is gone, with its secrets."""

    environment_id: str
    name: str
