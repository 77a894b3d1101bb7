"""Roles, permissions and credentials: the one place where they meet (DESIGN 6).

A caller may do what its roles grant, within its scopes, with a credential of a kind that may carry
the permission. What a credential kind may not carry is absent from `CREDENTIALS`; a permission that
is absent there is for sessions only.
"""

from collections.abc import Iterable
from enum import StrEnum

from argus.kernel.principal import AuthenticationMethod


class Permission(StrEnum):
    """`<resource>:<action>`, in the order of DESIGN 6."""

    ORG_READ = "org:read"
    ORG_WRITE = "org:write"
    ORG_DELETE = "org:delete"
    ORG_MANAGE_MEMBERS = "org:manage_members"
    ORG_MANAGE_BILLING = "org:manage_billing"
    ORG_MANAGE_SETTINGS = "org:manage_settings"
    ORG_MANAGE_SECURITY = "org:manage_security"
    PROJECT_READ = "project:read"
    PROJECT_WRITE = "project:write"
    PROJECT_DELETE = "project:delete"
    PROJECT_MANAGE_MEMBERS = "project:manage_members"
    PROJECT_MANAGE_SETTINGS = "project:manage_settings"
    TEST_READ = "test:read"
    TEST_WRITE = "test:write"
    TEST_DELETE = "test:delete"
    TEST_EXECUTE = "test:execute"
    TEST_APPROVE = "test:approve"
    RESULTS_READ = "results:read"
    RESULTS_EXPORT = "results:export"
    RESULTS_DELETE = "results:delete"
    API_KEY_READ = "api_key:read"
    API_KEY_CREATE = "api_key:create"
    API_KEY_REVOKE = "api_key:revoke"
    API_KEY_ROTATE = "api_key:rotate"
    CLIENT_READ = "client:read"
    CLIENT_MANAGE = "client:manage"
    SERVICE_ACCOUNT_READ = "service_account:read"
    SERVICE_ACCOUNT_MANAGE = "service_account:manage"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    HEALING_READ = "healing:read"
    HEALING_APPROVE = "healing:approve"
    HEALING_CONFIGURE = "healing:configure"
    INTEGRATION_READ = "integration:read"
    INTEGRATION_CONFIGURE = "integration:configure"
    INTEGRATION_DELETE = "integration:delete"
    ADMIN_FULL_ACCESS = "admin:full_access"
    ADMIN_IMPERSONATE = "admin:impersonate"
    ADMIN_SYSTEM_CONFIG = "admin:system_config"
    BILLING_READ = "billing:read"
    ENTITLEMENT_CHECK = "entitlement:check"
    TOKEN_VALIDATE = "token:validate"
    USAGE_RECORD = "usage:record"


class Role(StrEnum):
    """The eleven built-in roles."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"
    PROJECT_ADMIN = "project_admin"
    PROJECT_MEMBER = "project_member"
    PROJECT_VIEWER = "project_viewer"
    BILLING_ADMIN = "billing_admin"
    SECURITY_ADMIN = "security_admin"
    SERVICE_ACCOUNT = "service_account"
    API_USER = "api_user"


P = Permission
_VIEWER = frozenset({P.ORG_READ, P.PROJECT_READ, P.TEST_READ, P.RESULTS_READ})
_MEMBER = _VIEWER | {
    P.PROJECT_WRITE,
    P.TEST_WRITE,
    P.TEST_EXECUTE,
    P.RESULTS_EXPORT,
    P.HEALING_READ,
    P.INTEGRATION_READ,
    P.ENTITLEMENT_CHECK,
}
_ADMIN = _MEMBER | {
    P.ORG_WRITE,
    P.ORG_MANAGE_MEMBERS,
    P.ORG_MANAGE_SETTINGS,
    P.ORG_MANAGE_SECURITY,
    P.PROJECT_DELETE,
    P.PROJECT_MANAGE_MEMBERS,
    P.PROJECT_MANAGE_SETTINGS,
    P.TEST_DELETE,
    P.TEST_APPROVE,
    P.API_KEY_READ,
    P.API_KEY_CREATE,
    P.API_KEY_REVOKE,
    P.API_KEY_ROTATE,
    P.CLIENT_READ,
    P.CLIENT_MANAGE,
    P.SERVICE_ACCOUNT_READ,
    P.SERVICE_ACCOUNT_MANAGE,
    P.AUDIT_READ,
    P.HEALING_APPROVE,
    P.HEALING_CONFIGURE,
    P.INTEGRATION_CONFIGURE,
    P.BILLING_READ,
    P.TOKEN_VALIDATE,
    P.USAGE_RECORD,
}
_OWNER = _ADMIN | {
    P.ORG_DELETE,
    P.ORG_MANAGE_BILLING,
    P.RESULTS_DELETE,
    P.AUDIT_EXPORT,
    P.INTEGRATION_DELETE,
    P.ADMIN_FULL_ACCESS,
}
_PROJECT_VIEWER = frozenset({P.PROJECT_READ, P.TEST_READ, P.RESULTS_READ})
_PROJECT_MEMBER = _PROJECT_VIEWER | {
    P.PROJECT_WRITE,
    P.TEST_WRITE,
    P.TEST_EXECUTE,
    P.RESULTS_EXPORT,
    P.HEALING_READ,
}
_PROJECT_ADMIN = _PROJECT_MEMBER | {
    P.PROJECT_DELETE,
    P.PROJECT_MANAGE_MEMBERS,
    P.PROJECT_MANAGE_SETTINGS,
    P.TEST_DELETE,
    P.TEST_APPROVE,
    P.HEALING_APPROVE,
    P.HEALING_CONFIGURE,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _OWNER,
    Role.ADMIN: _ADMIN,
    Role.MEMBER: _MEMBER,
    Role.VIEWER: _VIEWER,
    Role.PROJECT_ADMIN: _PROJECT_ADMIN,
    Role.PROJECT_MEMBER: _PROJECT_MEMBER,
    Role.PROJECT_VIEWER: _PROJECT_VIEWER,
    Role.BILLING_ADMIN: frozenset({P.ORG_READ, P.ORG_MANAGE_BILLING, P.BILLING_READ}),
    Role.SECURITY_ADMIN: frozenset(
        {
            P.ORG_READ,
            P.ORG_MANAGE_SECURITY,
            P.AUDIT_READ,
            P.AUDIT_EXPORT,
            P.API_KEY_READ,
            P.API_KEY_CREATE,
            P.API_KEY_REVOKE,
            P.API_KEY_ROTATE,
            P.CLIENT_READ,
            P.CLIENT_MANAGE,
            P.SERVICE_ACCOUNT_READ,
            P.SERVICE_ACCOUNT_MANAGE,
        }
    ),
    Role.SERVICE_ACCOUNT: frozenset(),
    Role.API_USER: frozenset(),
}

SCOPE_ONLY_ROLES = frozenset({Role.SERVICE_ACCOUNT, Role.API_USER})
"""Roles that grant nothing themselves: their holder may do what it is granted by name."""

_SESSION = frozenset({AuthenticationMethod.SESSION})
_SUPPORT = _SESSION | {AuthenticationMethod.IMPERSONATION}
_TOKEN = _SUPPORT | {AuthenticationMethod.JWT, AuthenticationMethod.OAUTH2}
_MACHINE = _TOKEN | {AuthenticationMethod.API_KEY, AuthenticationMethod.SERVICE_ACCOUNT}

CREDENTIALS: dict[Permission, frozenset[AuthenticationMethod]] = (
    dict.fromkeys(Permission, _SESSION)
    | dict.fromkeys(
        (
            P.ORG_READ,
            P.PROJECT_READ,
            P.PROJECT_WRITE,
            P.TEST_READ,
            P.TEST_WRITE,
            P.TEST_DELETE,
            P.TEST_EXECUTE,
            P.RESULTS_READ,
            P.RESULTS_EXPORT,
            P.HEALING_READ,
            P.INTEGRATION_READ,
            P.BILLING_READ,
            P.ENTITLEMENT_CHECK,
            P.TOKEN_VALIDATE,
            P.USAGE_RECORD,
        ),
        _MACHINE,
    )
    | dict.fromkeys((P.AUDIT_READ, P.AUDIT_EXPORT), _MACHINE - {AuthenticationMethod.IMPERSONATION})
    | dict.fromkeys((P.PROJECT_MANAGE_SETTINGS, P.HEALING_CONFIGURE), _SUPPORT)
)
"""Which kinds of credential may carry a permission: what is not named here, a session only.

A key never mints, revokes or rotates keys. Who impersonates sees and mends work, and reaches no
credential, member, money or audit log.
"""


_OF_ROLE = {role.value: permissions for role, permissions in ROLE_PERMISSIONS.items()}
_PERMISSIONS = {permission.value: permission for permission in Permission}


def effective_permissions(
    roles: Iterable[str],
    scopes: frozenset[str] | None,
    method: AuthenticationMethod,
    granted: Iterable[str] = (),
) -> frozenset[str]:
    """What a caller may do: granted by a role or by itself, named by a scope, carried by the kind
    of credential.

    `granted` is what somebody who might do so has granted this very caller: the scopes of an API
    key, the permissions of a service account, an explicit grant. `scopes` None means the credential
    is not limited by scopes. Unknown roles, scopes and grants grant nothing.
    """
    may = {permission for role in roles for permission in _OF_ROLE.get(role, ())}
    may |= {_PERMISSIONS[name] for name in granted if name in _PERMISSIONS}
    return frozenset(
        permission.value
        for permission in may
        if (scopes is None or permission.value in scopes) and method in CREDENTIALS[permission]
    )
