"""Errors of resources."""

from argus.kernel.errors import ArgusError


class ResourceNotFound(ArgusError):
    """The organization has no such resource."""

    code, status, title = "auth.resource.not_found", 404, "Resource not found"


class InvalidTarget(ArgusError):
    """The resource is unknown, not one the client may use, or none was named (RFC 8707).

    Send `resource` with the identifier of a registered resource that is linked to the client. It
    may be left out where the client has exactly one, or asks for nothing but who the person is.
    """

    code, status, title = "auth.resource.invalid_target", 400, "Resource not valid"


class ResourceTaken(ArgusError):
    """The identifier is registered already, by your organization or another one.

    Two spellings are the same if they differ only in the case of scheme and host, or in the slash
    of an empty path.
    """

    code, status, title = "auth.resource.taken", 409, "Resource already registered"
