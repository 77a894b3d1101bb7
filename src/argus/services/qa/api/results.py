"""Results of API tests: plain values in the form that all tests of a run have."""

from argus.services.qa.api.calling import Answer, Call, Caller
from argus.services.qa.ir import Flow
from argus.services.qa.outcome import Category, Evidence, Symptom, TestResult, TestStatus
from argus.services.qa.urls import path_template

_SHOWN = 300
_FLOWS = {
    "POST": Flow.CREATE,
    "PUT": Flow.UPDATE,
    "PATCH": Flow.UPDATE,
    "DELETE": Flow.DELETE,
}


class Subject:
    """A test of the API, and the results that it can have; how long it took is not known here."""

    def __init__(self, id_: str, name: str, flow: Flow) -> None:
        self.id, self.name, self.flow = id_, name, flow

    def passed(self) -> TestResult:
        """Nothing was wrong."""
        return self._result(TestStatus.PASSED, None, ())

    def skipped(self, why: str) -> TestResult:
        """It could not say anything; that is no pass."""
        return self._result(TestStatus.SKIPPED, None, (Evidence(kind="skipped", message=why),))

    def flaky(self, message: str, evidence: tuple[Evidence, ...]) -> TestResult:
        """It went wrong once, and not again."""
        told = (Evidence(kind="flaky", message=f"{message}, but not when sent again"), *evidence)
        return self._result(TestStatus.FLAKY, Category.FLAKE, told)

    def failed(
        self,
        category: Category,
        message: str,
        evidence: tuple[Evidence, ...] = (),
        *,
        probability: float = 0.9,
        call: Call | None = None,
        status: int = 0,
    ) -> TestResult:
        """It went wrong, again when repeated; `call` is the one that was answered wrongly."""
        url = path_template(call.path) if call else ""
        asked = f"{call.method} {url}" if call else self.name
        symptom = Symptom(
            step=asked,
            url=url,
            message=message,
            request=f"{asked} {status}" if status >= 500 else "",
        )
        told = (Evidence(kind=category.value, message=message, url=url), *evidence)
        result = self._result(TestStatus.FAILED, category, told)
        return result.model_copy(update={"probability": probability, "symptom": symptom})

    def _result(
        self, status: TestStatus, category: Category | None, evidence: tuple[Evidence, ...]
    ) -> TestResult:
        return TestResult(
            id=self.id,
            name=self.name,
            flow=self.flow,
            status=status,
            category=category,
            steps=0,
            duration_ms=0,
            heals=(),
            evidence=evidence,
        )


def flow_of(method: str) -> Flow:
    """What a call with this method does to records."""
    return _FLOWS.get(method, Flow.READ)


def shown(caller: Caller, call: Call, answer: Answer | None) -> tuple[Evidence, ...]:
    """How anybody sees it again: the command, and what it was answered."""
    command = Evidence(kind="curl", message=caller.curl(call))
    if answer is None:
        return (command,)
    text = brief(caller.told(answer.body.decode(errors="replace")), _SHOWN)
    return command, Evidence(kind="answer", message=f"{answer.status} {text}".strip())


def brief(text: str, most: int = 500) -> str:
    """The text on one line, of about so many characters at the most. Mask secrets before."""
    squeezed = " ".join(text.split())
    return squeezed if len(squeezed) <= most else squeezed[:most] + "…"
