"""What can go wrong with schedules."""

from argus.kernel.errors import ArgusError, NotFound


class ScheduleNotFound(NotFound):
    """There is no such schedule in the caller's organization, or the deploy is not signed for it.

    Sign the body with the schedule's secret, and send `X-Hub-Signature-256: sha256=<hex>`.
    """

    code, title = "qa.schedule.not_found", "Schedule not found"


class CronInvalid(ArgusError):
    """The schedule's times are not a cron expression of five fields, or not in a time zone.

    `30 6 * * 1-5` is at 6:30 from Monday to Friday; `@daily` at midnight. Leave it empty for a
    schedule that runs after deploys only.
    """

    code, status, title = "qa.schedule.cron_invalid", 422, "Not a cron expression"
