"""Settings that are read from the environment once, not once per installation."""

from copy import deepcopy
from typing import Any

from pydantic_settings import EnvSettingsSource

_OF_EACH_TEST = "pytest_current_test"


def remember() -> None:
    """Have the classes of settings look at their variables again only after one has changed.

    pydantic-settings takes the types of all fields apart each time: an installation's classes need
    3 ms of CPU, of 15 that it takes to start, and hundreds of tests start one.
    """
    read, known = EnvSettingsSource.__call__, dict[object, dict[str, Any]]()

    def remembered(self: EnvSettingsSource) -> dict[str, Any]:
        variables = {name: at for name, at in self.env_vars.items() if name != _OF_EACH_TEST}
        key = type(self), self.settings_cls, frozenset(variables.items())
        if key not in known:
            known[key] = read(self)
        return deepcopy(known[key])

    EnvSettingsSource.__call__ = remembered
