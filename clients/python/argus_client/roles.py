"""Which permissions a role has, and which kinds of credential may carry one.

Generated from the platform's contracts by `make docs`.
"""

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    name: frozenset(values.split())
    for name, values in {
        "owner": """
            org:read org:write org:delete org:manage_members org:manage_billing
            org:manage_settings org:manage_security project:read project:write
            project:delete project:manage_members project:manage_settings test:read
            test:write test:delete test:execute test:approve results:read results:export
            results:delete api_key:read api_key:create api_key:revoke api_key:rotate
            client:read client:manage service_account:read service_account:manage audit:read
            audit:export healing:read healing:approve healing:configure integration:read
            integration:configure integration:delete admin:full_access billing:read
            entitlement:check token:validate usage:record
        """,
        "admin": """
            org:read org:write org:manage_members org:manage_settings org:manage_security
            project:read project:write project:delete project:manage_members
            project:manage_settings test:read test:write test:delete test:execute
            test:approve results:read results:export api_key:read api_key:create
            api_key:revoke api_key:rotate client:read client:manage service_account:read
            service_account:manage audit:read healing:read healing:approve healing:configure
            integration:read integration:configure billing:read entitlement:check
            token:validate usage:record
        """,
        "member": """
            org:read project:read project:write test:read test:write test:execute
            results:read results:export healing:read integration:read entitlement:check
        """,
        "viewer": "org:read project:read test:read results:read",
        "project_admin": """
            project:read project:write project:delete project:manage_members
            project:manage_settings test:read test:write test:delete test:execute
            test:approve results:read results:export healing:read healing:approve
            healing:configure
        """,
        "project_member": """
            project:read project:write test:read test:write test:execute results:read
            results:export healing:read
        """,
        "project_viewer": "project:read test:read results:read",
        "billing_admin": "org:read org:manage_billing billing:read",
        "security_admin": """
            org:read org:manage_security api_key:read api_key:create api_key:revoke
            api_key:rotate client:read client:manage service_account:read
            service_account:manage audit:read audit:export
        """,
        "service_account": "",
        "api_user": "",
    }.items()
}

CREDENTIALS: dict[str, frozenset[str]] = {
    name: frozenset(values.split())
    for name, values in {
        "org:read": "api_key impersonation jwt oauth2 service_account session",
        "org:write": "session",
        "org:delete": "session",
        "org:manage_members": "session",
        "org:manage_billing": "session",
        "org:manage_settings": "session",
        "org:manage_security": "session",
        "project:read": "api_key impersonation jwt oauth2 service_account session",
        "project:write": "api_key impersonation jwt oauth2 service_account session",
        "project:delete": "session",
        "project:manage_members": "session",
        "project:manage_settings": "impersonation session",
        "test:read": "api_key impersonation jwt oauth2 service_account session",
        "test:write": "api_key impersonation jwt oauth2 service_account session",
        "test:delete": "api_key impersonation jwt oauth2 service_account session",
        "test:execute": "api_key impersonation jwt oauth2 service_account session",
        "test:approve": "session",
        "results:read": "api_key impersonation jwt oauth2 service_account session",
        "results:export": "api_key impersonation jwt oauth2 service_account session",
        "results:delete": "session",
        "api_key:read": "session",
        "api_key:create": "session",
        "api_key:revoke": "session",
        "api_key:rotate": "session",
        "client:read": "session",
        "client:manage": "session",
        "service_account:read": "session",
        "service_account:manage": "session",
        "audit:read": "api_key jwt oauth2 service_account session",
        "audit:export": "api_key jwt oauth2 service_account session",
        "healing:read": "api_key impersonation jwt oauth2 service_account session",
        "healing:approve": "session",
        "healing:configure": "impersonation session",
        "integration:read": "api_key impersonation jwt oauth2 service_account session",
        "integration:configure": "session",
        "integration:delete": "session",
        "admin:full_access": "session",
        "admin:impersonate": "session",
        "admin:system_config": "session",
        "billing:read": "api_key impersonation jwt oauth2 service_account session",
        "entitlement:check": "api_key impersonation jwt oauth2 service_account session",
        "token:validate": "api_key impersonation jwt oauth2 service_account session",
        "usage:record": "api_key impersonation jwt oauth2 service_account session",
    }.items()
}
