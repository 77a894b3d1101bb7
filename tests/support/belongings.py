"""One of everything that an organization can have."""

from dataclasses import dataclass

from argus.kernel.ids import parse_id
from argus.kernel.objects import FolderObjects
from argus.services.qa.runs.service import artifacts_of
from support.organizations import Tenant
from support.platform import TestPlatform


@dataclass(frozen=True)
class Belongings:
    """Public ids by their prefix, and texts that nobody else may read."""

    by_prefix: dict[str, str]
    secrets: tuple[str, ...]


async def fill(platform: TestPlatform, tenant: Tenant, word: str) -> Belongings:
    """A member, an invitation, a session, an API key, an OAuth client, a resource, a service
    account, a run that ended, usage and an audit log.

    `word` stands in all names and texts.
    """
    member = await tenant.member(f"bob@{word}.example", "member")
    await tenant.invite(f"cy@{word}.example", "viewer")
    account = {"name": word, "permissions": ["org:read"]}
    account = await _post(tenant, "/api/v1/service-accounts", account)
    api = {"identifier": f"https://{word}.example", "name": word, "scopes": {word: word}}
    resource = await _post(tenant, "/api/v1/resources", api)
    client = {
        "client_name": word,
        "grant_types": ["client_credentials"],
        "service_account_id": account["id"],
    }
    client = await _post(tenant, "/api/v1/clients", client)
    [secret] = await _list(tenant, f"/api/v1/clients/{client['client_id']}/secrets")
    key = await _post(tenant, "/api/v1/api-keys", {"name": word, "scopes": ["org:read"]})
    run = await _post(tenant, "/api/v1/qa/runs", {"app_url": f"http://127.0.0.1:9/{word}"})
    run_id = parse_id("run", run["id"])
    platform.query(
        "update qa.run set status = 'passed', report = %s, suite = %s where id = %s returning id",
        f'{{"of": "{word}"}}',
        f'{{"of": "{word}"}}',
        run_id,
    )
    objects = platform.modules["qa"].resources.get(FolderObjects)
    objects.put(f"{artifacts_of(run_id)}/index.html", word.encode())
    event = {"id": "1", "source": word, "meter": "qa_runs", "quantity": 3}
    await _post(tenant, "/api/v1/billing/usage", {"events": [event]})
    await platform.relay()
    [session, *_] = await _list(tenant, "/api/v1/auth/sessions")
    [invitation] = await _list(tenant, "/api/v1/invitations")
    ids = {
        "org": tenant.id,
        "usr": member.user_id,
        "ses": session["id"],
        "inv": invitation["id"],
        "key": key["id"],
        "run": run["id"],
        "cli": client["client_id"],
        "sec": secret["id"],
        "res": resource["id"],
        "sa": account["id"],
    }
    return Belongings(ids, (word, tenant.owner.user_id, *ids.values()))


async def _post(tenant: Tenant, path: str, body: object) -> dict[str, str]:
    answer = await tenant.platform.client.post(path, json=body, headers=tenant.owner.headers)
    assert answer.is_success, answer.text
    return answer.json()


async def _list(tenant: Tenant, path: str) -> list[dict[str, str]]:
    answer = await tenant.platform.client.get(path, headers=tenant.owner.headers)
    assert answer.is_success, answer.text
    return answer.json()["items"]
