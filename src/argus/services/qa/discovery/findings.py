"""The oracles that cost nothing: defects that show by themselves wherever discovery goes.

What a healthy application may do is no finding: a missing favicon, a 401 that an interface answers
to a question, a resource of another host that this machine cannot reach.
"""

import re
from collections import Counter

from argus.services.qa.browser.errors import (
    ApplicationUnreachable,
    PageFailed,
    PageNeverLoads,
    PageUnresponsive,
    RedirectLoop,
)
from argus.services.qa.browser.traffic import Exchange, Window
from argus.services.qa.discovery.digest import PageDigest
from argus.services.qa.discovery.site import FieldKind
from argus.services.qa.oracles.defect import Defect
from argus.services.qa.outcome import Evidence, Finding, Severity
from argus.services.qa.urls import relative_url, same_application, url_template

_PAGE_FAILURES: dict[type[PageFailed], str] = {
    ApplicationUnreachable: "no_answer",
    RedirectLoop: "redirect_loop",
    PageNeverLoads: "never_loads",
    PageUnresponsive: "unresponsive",
}
_UNASKED = re.compile(r"/(favicon[^/]*|apple-touch-icon[^/]*|robots\.txt)$")
_HARMLESS = "ResizeObserver loop"
_MOST_EVIDENCE = 5
_ACCESS_DENIED = frozenset({401, 403, 407, 429})
_RESOURCES = {"image": "broken_image", "script": "broken_script", "stylesheet": "broken_stylesheet"}


class FindingLog:
    """Findings of one run, each once however many pages show it."""

    def __init__(self, app_url: str, found: dict[str, Finding] | None = None) -> None:
        self._app_url = app_url
        self._found = {} if found is None else found

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())

    def knows(self, defect: Defect) -> bool:
        """Whether it has been seen before."""
        return _identity(defect) in self._found

    def add(self, defect: Defect) -> None:
        """Take in what an oracle found; of one that is known only the place is noted."""
        known = _identity(defect)
        if finding := self._found.get(known):
            new = tuple(each for each in defect.evidence if each not in finding.evidence)
            evidence = (*finding.evidence, *new)[:_MOST_EVIDENCE]
            self._found[known] = finding.model_copy(update={"evidence": evidence})
            return
        self._found[known] = Finding(
            kind=defect.kind,
            severity=defect.severity,
            url=defect.url,
            message=defect.message,
            evidence=defect.evidence[:_MOST_EVIDENCE],
        )

    def page_failed(self, url: str, error: PageFailed, source: str) -> None:
        """`url` could not be opened; nothing if that is no defect of the application."""
        kind = _PAGE_FAILURES.get(type(error))
        if kind is not None:
            self._add(kind, Severity.HIGH, url, error.detail, url_template(url), source)

    def look_at(self, window: Window, url: str, source: str) -> None:
        """Judge what happened while `url` was opened, or an action was tried on it."""
        for exchange in window.exchanges:
            if same_application(exchange.url, self._app_url):
                self._judge(exchange, url, source)
        if window.dialog_storm:
            first = next(dialog for dialog in window.dialogs if dialog.kind != "beforeunload")
            message = f'the page keeps opening dialogs: {first.kind} "{first.message[:200]}"'
            self._add("dialog_storm", Severity.HIGH, url, message, message, source)
        if window.held_back:
            return
        for error in window.errors:
            if not error.message.startswith(_HARMLESS):
                stack = error.stack[:1000]
                self._add("script_error", Severity.HIGH, url, error.message, error.message, stack)
        for message in window.console:
            self._add("console_error", Severity.LOW, url, message[:500], message, "")

    def look_at_page(self, digest: PageDigest) -> None:
        """Judge what the page shows."""
        for image in digest.broken_images:
            if same_application(image, self._app_url):
                message = f"the image {relative_url(image)} does not show"
                self._add("broken_image", Severity.MEDIUM, digest.url, message, image, "")
        for form in digest.forms:
            fields = [field for field in form.fields if not field.in_item]
            for number, field in enumerate(fields, 1):
                if not field.label:
                    which = field.name or f"number {number} of {len(fields)} in its form"
                    message = f"a {field.kind} field without a name: {which}"
                    self._add("nameless_field", Severity.LOW, digest.url, message, message, "")
            labels = Counter(
                field.label for field in fields if field.label and field.kind is not FieldKind.RADIO
            )
            for label, count in labels.items():
                if count > 1:
                    message = f'{count} fields of a form share the name "{label}"'
                    self._add("ambiguous_field", Severity.LOW, digest.url, message, message, "")

    def _judge(self, exchange: Exchange, url: str, source: str) -> None:
        status, template = exchange.status, url_template(exchange.url)
        where = relative_url(exchange.url)
        signature = f"{exchange.method} {template} {status}"
        message = f"{exchange.method} {where} answers {status}"
        if status >= 500:
            self._add("server_error", Severity.CRITICAL, url, message, signature, source)
        elif status < 400 or _UNASKED.search(where.partition("?")[0]):
            return
        elif exchange.document and status not in _ACCESS_DENIED:
            self._add("broken_link", Severity.MEDIUM, url, message, signature, source)
        elif kind := _RESOURCES.get(exchange.resource_type):
            self._add(kind, Severity.MEDIUM, url, message, exchange.url, source)

    def _add(
        self, kind: str, severity: Severity, url: str, message: str, signature: str, detail: str
    ) -> None:
        evidence = (Evidence(kind=kind, message=detail, url=url),) if detail else ()
        self.add(
            Defect(
                kind=kind,
                severity=severity,
                url=url,
                message=message,
                signature=signature,
                evidence=evidence,
            )
        )


def _identity(defect: Defect) -> str:
    return f"{defect.kind} {re.sub(r'[0-9]+', '0', defect.signature)}"
