"""Fixtures that start the applications under test: `pytest_plugins = ["subjects.plugin"]`.

Each fixture is a function: call it with a bug or a look, as often as needed. What it starts ends
with the test.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from subjects.look import Look
from subjects.process import running


class StartDjangoAdmin(Protocol):
    def __call__(self, *, bug: str = "", look: Look = Look.ORIGINAL) -> str:
        """Start the Django admin (sign in as admin, admin) and return its address."""
        ...


@pytest.fixture
def django_admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartDjangoAdmin]:
    with ExitStack() as stack:

        def start(*, bug: str = "", look: Look = Look.ORIGINAL) -> str:
            folder = tmp_path_factory.mktemp("django_admin")
            options = ("--folder", str(folder), "--bug", bug, "--look", look)
            return stack.enter_context(running("django_admin.py", *options))

        yield start
