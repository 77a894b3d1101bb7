"""A run as JUnit XML, as CI systems read it.

What a test proved about the product is a failure; what kept it from saying anything (environment,
data) is an error; a test that did not run is skipped. Healed and flaky tests pass, and say what
they are in the property `status` and in their output. Findings are a suite of their own, in which
the serious ones fail.
"""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from argus.services.qa.outcome import (
    Category,
    Evidence,
    Finding,
    RunReport,
    TestResult,
    TestStatus,
)

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNDECIDED = (Category.ENVIRONMENT, Category.DATA)


def junit_xml(report: RunReport) -> bytes:
    """The document, UTF-8, with its XML declaration. Characters that XML has not become U+FFFD."""
    root = Element("testsuites", name="argus")
    tests = _suite(root, "tests", map(_test_case, report.tests))
    findings = _suite(root, "findings", map(_finding_case, report.findings))
    for suite in (tests, findings):
        _properties(suite, {"run_id": report.run_id, "app_url": report.app_url})
    for count in ("tests", "failures", "errors", "skipped", "time"):
        values = (float(suite.get(count, "0")) for suite in (tests, findings))
        root.set(count, f"{sum(values):.3f}" if count == "time" else f"{sum(values):.0f}")
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _suite(root: Element, name: str, cases: Iterable[Element]) -> Element:
    suite = SubElement(root, "testsuite", name=name)
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite):.3f}")
    return suite


def _test_case(test: TestResult) -> Element:
    name, seconds = _clean(test.name), f"{test.duration_ms / 1000:.3f}"
    case = Element("testcase", name=name, classname=f"argus.{test.flow}", time=seconds)
    properties = {"id": test.id, "status": test.status.value}
    if test.category is not None:
        properties["category"] = test.category.value
    for number, heal in enumerate(test.heals, start=1):
        properties[f"heal.{number}"] = (
            f"step {heal.step}: {heal.before} -> {heal.after} "
            f"(score {heal.score:.2f}, margin {heal.margin:.2f}, "
            f"{'proven' if heal.proven else 'not proven'})"
        )
    _properties(case, properties)
    _outcome(case, test)
    return case


def _outcome(case: Element, test: TestResult) -> None:
    kind = test.category.value if test.category else test.status.value
    if test.status is TestStatus.FAILED:
        tag = "error" if test.category in _UNDECIDED else "failure"
        _complaint(case, tag, kind, test.evidence)
    elif test.status is TestStatus.SKIPPED:
        SubElement(case, "skipped", message=_first(test.evidence))
    elif test.status is not TestStatus.PASSED:
        _text(SubElement(case, "system-out"), f"{test.status}\n{_told(test.evidence)}")


def _finding_case(finding: Finding) -> Element:
    name = _clean(f"{finding.kind}: {finding.message}")
    case = Element("testcase", name=name, classname="argus.findings", time="0.000")
    _properties(case, {"severity": finding.severity.value, "url": finding.url})
    where = Evidence(kind=finding.kind, message=finding.message, url=finding.url)
    if finding.serious:
        _complaint(case, "failure", finding.kind, (where, *finding.evidence))
    else:
        _text(SubElement(case, "system-out"), _told((where, *finding.evidence)))
    return case


def _complaint(case: Element, tag: str, kind: str, evidence: tuple[Evidence, ...]) -> None:
    complaint = SubElement(case, tag, message=_first(evidence), type=_clean(kind))
    _text(complaint, _told(evidence))


def _properties(parent: Element, values: dict[str, str]) -> None:
    holder = Element("properties")
    for name, value in values.items():
        SubElement(holder, "property", name=name, value=_clean(value))
    parent.insert(0, holder)


def _first(evidence: tuple[Evidence, ...]) -> str:
    return _clean(evidence[0].message) if evidence else ""


def _told(evidence: tuple[Evidence, ...]) -> str:
    return "\n".join(
        " ".join(filter(None, (f"{one.kind}: {one.message}", one.url, one.screenshot)))
        for one in evidence
    )


def _text(element: Element, text: str) -> None:
    element.text = _clean(text)


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
