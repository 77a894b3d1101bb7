"""What can go wrong between Argus and the application's pages."""

from argus.kernel.errors import ArgusError


class BrowserNotFound(ArgusError):
    """This machine has no browser that Argus can drive.

    Run `argus browsers install`, or install the `chromium` package of your system, or name the
    executable of a Chromium or Chrome in the settings.
    """

    code, status, title = "qa.browser.not_found", 503, "No browser found"


class BrowserInstallFailed(ArgusError):
    """The browser package could not be fetched or unpacked.

    It comes from the npm registry by the `npm` command: both must be there. An installed Chromium
    or Chrome serves as well.
    """

    code, status, title = "qa.browser.install_failed", 503, "Browser not installed"


class BrowserCrashed(ArgusError):
    """The browser process could not start, or ended while it was in use.

    Most often memory or `/dev/shm` ran out: run fewer tests at a time. Start the run again.
    """

    code, status, title = "qa.browser.crashed", 503, "Browser crashed"


class PageFailed(ArgusError):
    """A page could not be opened or used; the subclass says why."""

    status = 502


class ApplicationUnreachable(PageFailed):
    """Nothing answers HTTP at the address.

    Check that the application runs, that the address has the right scheme, host and port, and that
    this machine (or the worker's) can reach it.
    """

    code, title = "qa.application.unreachable", "Application unreachable"


class RedirectLoop(PageFailed):
    """The page redirects for ever, by HTTP or by script. A defect of the application."""

    code, title = "qa.page.redirect_loop", "Endless redirect"


class PageNeverLoads(PageFailed):
    """The document did not arrive whole in the time allowed. A defect, or an overloaded server."""

    code, status, title = "qa.page.never_loads", 504, "Page never loads"


class PageUnresponsive(PageFailed):
    """The page's renderer crashed, or its scripts do not yield. A defect of the application."""

    code, status, title = "qa.page.unresponsive", 504, "Page unresponsive"


class NavigationBlocked(PageFailed):
    """The address, or one it redirects to, lies outside the application under test.

    If the application lives where it redirects to, give that address instead.
    """

    code, status, title = "qa.page.blocked", 403, "Navigation outside the application"
