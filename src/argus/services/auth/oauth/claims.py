"""Claims about a person, and the scopes that allow them (OpenID Connect Core 1.0 section 5.4)."""

from collections.abc import Collection

from argus.contracts.identity.v1 import identity_pb2

Profile = dict[str, str | bool]

CLAIMS = ("name", "email", "email_verified")


def profile_of(user: identity_pb2.User, scopes: Collection[str]) -> Profile:
    """What a client with these scopes may know of the user."""
    profile: Profile = {}
    if "profile" in scopes:
        profile["name"] = user.name
    if "email" in scopes:
        profile |= {"email": user.email, "email_verified": user.email_verified}
    return profile
