"""What can go wrong with environments."""

from argus.kernel.errors import ArgusError, NotFound


class EnvironmentNotFound(NotFound):
    """There is no environment of that name or identifier in the caller's organization.

    `argus qa environments list` shows those that there are; names are told apart by capitals.
    """

    code, title = "qa.environment.not_found", "Environment not found"


class EnvironmentNameTaken(ArgusError):
    """The organization has an environment of that name.

    Change that one, or choose another name.
    """

    code, status, title = "qa.environment.name_taken", 409, "Name of the environment is taken"
