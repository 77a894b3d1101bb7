import pytest

from checks.requirements import problems

HASH = "    --hash=sha256:" + "0" * 64
LOCK = f"# made by make lock\nbrotli==1.2.0 \\\n{HASH}\n    # via x\nuvicorn[standard]==0.30 ; a\n"
LOCKED = LOCK.replace("; a", f"\\\n{HASH}")


def test_a_lock_with_hashes_that_satisfies_the_project_is_accepted() -> None:
    assert problems(LOCKED, ["Brotli>=1.1", "uvicorn"]) == []


@pytest.mark.parametrize(
    ("lock", "requirements", "problem"),
    [
        (LOCK, [], "no version and hash in 'uvicorn[standard]==0.30 ; a'"),
        (LOCKED, ["httpx"], "lacks httpx"),
        (LOCKED, ["brotli>=2"], "has brotli 1.2.0, not brotli>=2"),
        ("--index-url https://example.org\n" + LOCKED, [], "holds the option --index-url"),
        ("-e .\n" + LOCKED, [], "holds the option -e ."),
    ],
)
def test_what_is_unlocked_or_out_of_date_is_reported(
    lock: str, requirements: list[str], problem: str
) -> None:
    assert any(problem in found for found in problems(lock, requirements))
