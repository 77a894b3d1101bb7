import subprocess
import sys

ONLY_FOR_RUNS = ("playwright", "langgraph", "schemathesis", "hypothesis", "faker", "tree_sitter")


def test_a_server_starts_without_what_only_executes_runs() -> None:
    script = (
        "import sys, argus.services.qa.module;"
        f"print([name for name in {ONLY_FOR_RUNS!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == "[]"
