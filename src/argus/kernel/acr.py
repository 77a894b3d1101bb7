"""How strongly a person was authenticated, as `acr` tells it (OpenID Connect Core 1.0 section 2).

Each class includes the ones before it. `phr` is phishing-resistant authentication as the OpenID
Connect Extended Authentication Profile names it: a passkey that verified its person.
"""

from collections.abc import Iterable

SINGLE_FACTOR = "urn:argus:acr:1"
MULTI_FACTOR = "urn:argus:acr:2"
PHISHING_RESISTANT = "phr"

CLASSES = (SINGLE_FACTOR, MULTI_FACTOR, PHISHING_RESISTANT)


def acr_of(strength: Iterable[str]) -> str:
    """The class that these methods (RFC 8176) come to."""
    methods = {*strength}
    if "mfa" not in methods:
        return SINGLE_FACTOR
    return PHISHING_RESISTANT if methods & {"hwk", "swk"} else MULTI_FACTOR


def reaches(strength: Iterable[str], wanted: Iterable[object]) -> bool:
    """Whether these methods come to one of the wanted classes; unknown ones are never reached."""
    reached = CLASSES[: CLASSES.index(acr_of(strength)) + 1]
    return any(one in reached for one in wanted)
