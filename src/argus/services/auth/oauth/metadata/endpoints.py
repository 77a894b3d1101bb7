"""Where clients learn what this authorization server can do, in every place where they look."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from argus.kernel.acr import CLASSES
from argus.kernel.authz import public
from argus.kernel.http.routing import CallDep, service_router
from argus.services.auth.clients.metadata import AUTHENTICATION_METHODS
from argus.services.auth.oauth import pkce
from argus.services.auth.oauth.authorization_request import PROMPTS
from argus.services.auth.oauth.claims import CLAIMS
from argus.services.auth.oauth.dpop.proof import ALGORITHMS as DPOP_ALGORITHMS
from argus.services.auth.oauth.metadata.schemas import ServerMetadata
from argus.services.auth.oauth.token.identity_assertion import ID_JAG_TYPE

CACHE_S = 300

OAUTH = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"


def router(issuer: str) -> APIRouter:
    """The document at the well-known addresses of the issuer.

    For an issuer with a path there are three (RFC 8414 section 5, MCP authorization): the path
    comes after the well-known part, or before it as OpenID Connect Discovery has it. A proxy may
    also take the path away.
    """
    known = service_router("auth", prefix="", tags=["oauth"])
    path = urlsplit(issuer).path
    for address in dict.fromkeys((OAUTH, OPENID, OAUTH + path, OPENID + path, path + OPENID)):
        known.add_api_route(
            address,
            get_server_metadata,
            summary="What the authorization server can do",
            response_model_exclude_none=True,
            include_in_schema=address == OAUTH,
            dependencies=[public("clients read it before they have a credential")],
        )
    return known


async def get_server_metadata(call: CallDep, response: Response) -> ServerMetadata:
    """RFC 8414; at `/.well-known/openid-configuration` too, as OpenID Connect Discovery has it."""
    response.headers["Cache-Control"] = f"public, max-age={CACHE_S}"
    return call.resources.get(ServerMetadata)


def metadata(
    issuer: str,
    *,
    scopes: Mapping[str, str],
    grant_types: Iterable[str],
    assertion_algorithms: Iterable[str],
    registration: bool,
) -> ServerMetadata:
    """The document; what differs between installations is given."""
    methods, algorithms = [*AUTHENTICATION_METHODS], [*assertion_algorithms]
    authenticating = [method for method in methods if method != "none"]
    return ServerMetadata(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/oauth/authorize",
        token_endpoint=f"{issuer}/oauth/token",
        jwks_uri=f"{issuer}/.well-known/jwks.json",
        userinfo_endpoint=f"{issuer}/oauth/userinfo",
        pushed_authorization_request_endpoint=f"{issuer}/oauth/par",
        device_authorization_endpoint=f"{issuer}/oauth/device_authorization",
        introspection_endpoint=f"{issuer}/oauth/introspect",
        revocation_endpoint=f"{issuer}/oauth/revoke",
        end_session_endpoint=f"{issuer}/oauth/logout",
        registration_endpoint=f"{issuer}/oauth/register" if registration else None,
        scopes_supported=[*scopes],
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=[*grant_types],
        identity_chaining_requested_token_types_supported=[ID_JAG_TYPE],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256", "ES256"],
        claims_supported=["sub", "auth_time", "acr", "amr", "sid", *CLAIMS],
        acr_values_supported=[*CLASSES],
        prompt_values_supported=[*PROMPTS],
        code_challenge_methods_supported=[pkce.METHOD],
        token_endpoint_auth_methods_supported=methods,
        token_endpoint_auth_signing_alg_values_supported=algorithms,
        introspection_endpoint_auth_methods_supported=authenticating,
        introspection_endpoint_auth_signing_alg_values_supported=algorithms,
        revocation_endpoint_auth_methods_supported=methods,
        revocation_endpoint_auth_signing_alg_values_supported=algorithms,
        dpop_signing_alg_values_supported=[*DPOP_ALGORITHMS],
        authorization_response_iss_parameter_supported=True,
        claims_parameter_supported=True,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
        client_id_metadata_document_supported=True,
        backchannel_logout_supported=True,
        backchannel_logout_session_supported=True,
    )
