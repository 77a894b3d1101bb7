"""Fixtures that start the applications under test: `pytest_plugins = ["subjects.plugin"]`.

Each fixture is a function: call it with a bug or a look, as often as needed. What it starts ends
with the test.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from subjects.look import Look
from subjects.process import running


class StartApplication(Protocol):
    """Starts an application, original or changed, and returns its address."""

    def __call__(self, *, bug: str = "", look: Look = Look.ORIGINAL) -> str: ...


@pytest.fixture
def django_admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApplication]:
    """Django's admin; user and password are "admin"; bugs: `subjects/library/admin.py`."""
    with ExitStack() as stack:

        def start(*, bug: str = "", look: Look = Look.ORIGINAL) -> str:
            folder = str(tmp_path_factory.mktemp("django_admin"))
            options = ("--folder", folder, "--bug", bug, "--look", look)
            return stack.enter_context(running("django_admin.py", *options))

        yield start


@pytest.fixture
def todomvc() -> Iterator[StartApplication]:
    """A TodoMVC from the npm registry; bugs: `subjects/todomvc.py`."""
    with ExitStack() as stack:

        def start(*, bug: str = "", look: Look = Look.ORIGINAL) -> str:
            return stack.enter_context(running("todomvc.py", "--bug", bug, "--look", look))

        yield start


@pytest.fixture
def hostile() -> Iterator[Callable[[str], str]]:
    """Starts the application that misbehaves in the way given; ways: `subjects/hostile.py`."""
    with ExitStack() as stack:

        def start(way: str) -> str:
            return stack.enter_context(running("hostile.py", way))

        yield start
