"""The configuration and the request of the guide are of the form that Argus takes."""

import json
import re

from pydantic import TypeAdapter

from argus.services.auth.accepted_issuers.settings import AcceptedIssuer
from argus.services.auth.api_keys.schemas import ApiKeyImport
from support.readme import ROOT


def test_the_guides_issuers_and_keys_are_taken() -> None:
    guide = (ROOT / "docs/guides/migrating.md").read_text()
    issuers, keys = re.findall(r"^```json\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    taken = TypeAdapter(dict[str, AcceptedIssuer]).validate_json(issuers)
    assert {issuer.kind for issuer in taken.values()} == {"cognito", "clerk"}
    imported = ApiKeyImport.model_validate(json.loads(keys)).keys
    assert all(key.hint.startswith("agx_") for key in imported)
