"""Which permissions a role has, and which kinds of credential may carry one.

Generated from the platform's contracts by `make docs`.
"""

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": frozenset(
        {
            "org:read",
            "org:write",
            "org:delete",
            "org:manage_members",
            "org:manage_billing",
            "org:manage_settings",
            "org:manage_security",
            "project:read",
            "project:write",
            "project:delete",
            "project:manage_members",
            "project:manage_settings",
            "test:read",
            "test:write",
            "test:delete",
            "test:execute",
            "test:approve",
            "results:read",
            "results:export",
            "results:delete",
            "api_key:read",
            "api_key:create",
            "api_key:revoke",
            "api_key:rotate",
            "client:read",
            "client:manage",
            "service_account:read",
            "service_account:manage",
            "audit:read",
            "audit:export",
            "healing:read",
            "healing:approve",
            "healing:configure",
            "integration:read",
            "integration:configure",
            "integration:delete",
            "admin:full_access",
            "billing:read",
            "entitlement:check",
            "token:validate",
            "usage:record",
        }
    ),
    "admin": frozenset(
        {
            "org:read",
            "org:write",
            "org:manage_members",
            "org:manage_settings",
            "org:manage_security",
            "project:read",
            "project:write",
            "project:delete",
            "project:manage_members",
            "project:manage_settings",
            "test:read",
            "test:write",
            "test:delete",
            "test:execute",
            "test:approve",
            "results:read",
            "results:export",
            "api_key:read",
            "api_key:create",
            "api_key:revoke",
            "api_key:rotate",
            "client:read",
            "client:manage",
            "service_account:read",
            "service_account:manage",
            "audit:read",
            "healing:read",
            "healing:approve",
            "healing:configure",
            "integration:read",
            "integration:configure",
            "billing:read",
            "entitlement:check",
            "token:validate",
            "usage:record",
        }
    ),
    "member": frozenset(
        {
            "org:read",
            "project:read",
            "project:write",
            "test:read",
            "test:write",
            "test:execute",
            "results:read",
            "results:export",
            "healing:read",
            "integration:read",
            "entitlement:check",
        }
    ),
    "viewer": frozenset(
        {
            "org:read",
            "project:read",
            "test:read",
            "results:read",
        }
    ),
    "project_admin": frozenset(
        {
            "project:read",
            "project:write",
            "project:delete",
            "project:manage_members",
            "project:manage_settings",
            "test:read",
            "test:write",
            "test:delete",
            "test:execute",
            "test:approve",
            "results:read",
            "results:export",
            "healing:read",
            "healing:approve",
            "healing:configure",
        }
    ),
    "project_member": frozenset(
        {
            "project:read",
            "project:write",
            "test:read",
            "test:write",
            "test:execute",
            "results:read",
            "results:export",
            "healing:read",
        }
    ),
    "project_viewer": frozenset(
        {
            "project:read",
            "test:read",
            "results:read",
        }
    ),
    "billing_admin": frozenset(
        {
            "org:read",
            "org:manage_billing",
            "billing:read",
        }
    ),
    "security_admin": frozenset(
        {
            "org:read",
            "org:manage_security",
            "api_key:read",
            "api_key:create",
            "api_key:revoke",
            "api_key:rotate",
            "client:read",
            "client:manage",
            "service_account:read",
            "service_account:manage",
            "audit:read",
            "audit:export",
        }
    ),
    "service_account": frozenset(),
    "api_user": frozenset(),
}

CREDENTIALS: dict[str, frozenset[str]] = {
    "org:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "org:write": frozenset(
        {
            "session",
        }
    ),
    "org:delete": frozenset(
        {
            "session",
        }
    ),
    "org:manage_members": frozenset(
        {
            "session",
        }
    ),
    "org:manage_billing": frozenset(
        {
            "session",
        }
    ),
    "org:manage_settings": frozenset(
        {
            "session",
        }
    ),
    "org:manage_security": frozenset(
        {
            "session",
        }
    ),
    "project:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "project:write": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "project:delete": frozenset(
        {
            "session",
        }
    ),
    "project:manage_members": frozenset(
        {
            "session",
        }
    ),
    "project:manage_settings": frozenset(
        {
            "impersonation",
            "session",
        }
    ),
    "test:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "test:write": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "test:delete": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "test:execute": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "test:approve": frozenset(
        {
            "session",
        }
    ),
    "results:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "results:export": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "results:delete": frozenset(
        {
            "session",
        }
    ),
    "api_key:read": frozenset(
        {
            "session",
        }
    ),
    "api_key:create": frozenset(
        {
            "session",
        }
    ),
    "api_key:revoke": frozenset(
        {
            "session",
        }
    ),
    "api_key:rotate": frozenset(
        {
            "session",
        }
    ),
    "client:read": frozenset(
        {
            "session",
        }
    ),
    "client:manage": frozenset(
        {
            "session",
        }
    ),
    "service_account:read": frozenset(
        {
            "session",
        }
    ),
    "service_account:manage": frozenset(
        {
            "session",
        }
    ),
    "audit:read": frozenset(
        {
            "api_key",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "audit:export": frozenset(
        {
            "api_key",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "healing:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "healing:approve": frozenset(
        {
            "session",
        }
    ),
    "healing:configure": frozenset(
        {
            "impersonation",
            "session",
        }
    ),
    "integration:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "integration:configure": frozenset(
        {
            "session",
        }
    ),
    "integration:delete": frozenset(
        {
            "session",
        }
    ),
    "admin:full_access": frozenset(
        {
            "session",
        }
    ),
    "admin:impersonate": frozenset(
        {
            "session",
        }
    ),
    "admin:system_config": frozenset(
        {
            "session",
        }
    ),
    "billing:read": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "entitlement:check": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "token:validate": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
    "usage:record": frozenset(
        {
            "api_key",
            "impersonation",
            "jwt",
            "oauth2",
            "service_account",
            "session",
        }
    ),
}
