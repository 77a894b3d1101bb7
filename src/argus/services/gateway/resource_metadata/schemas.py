"""What the gateway tells of itself as a protected resource."""

from argus.kernel import schema


class ResourceMetadata(schema.Response):
    """OAuth 2.0 Protected Resource Metadata (RFC 9728 section 2)."""

    resource: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]
    resource_name: str
