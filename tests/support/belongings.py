"""One of everything that an organization can have."""

from dataclasses import dataclass
from datetime import timedelta

from argus.kernel.ids import format_id, new_id, parse_id
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
    account, a run that ended, a suite, a schedule, an environment, a heal, usage, an audit log and
    an impersonation, which its member may begin; of its owner a passkey, a consent and an identity
    elsewhere.

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
    suite = {"app_url": f"http://127.0.0.1:9/{word}", "seed": 0, "tests": []}
    suite = await _post(tenant, "/api/v1/qa/suites", {"name": word, "suite": suite})
    later = {"name": word, "run": {"app_url": f"http://127.0.0.1:9/{word}"}}
    schedule = await _post(tenant, "/api/v1/qa/schedules", later)
    place = {"name": word, "base_url": f"http://127.0.0.1:9/{word}", "secrets": {"key": word}}
    environment = await _post(tenant, "/api/v1/qa/environments", place)
    platform.query(
        "update qa.run set status = 'passed', report = %s, suite = %s where id = %s returning id",
        f'{{"of": "{word}"}}',
        f'{{"app_url": "http://127.0.0.1:9/{word}", "seed": 0, "tests": []}}',
        run_id,
    )
    heal_id = new_id()
    platform.query(
        "insert into qa.healing_pattern (id, organization_id, app, element, before, after, was,"
        " becomes, score, margin, reasons, state, run_id, test_id, step, created_at, last_used_at)"
        " values (%s, %s, %s, %s, '{}', '{}', %s, %s, 1, 1, '{}', 'pending', %s, %s, 's1', %s, %s)"
        " returning id",
        heal_id,
        parse_id("org", tenant.id),
        *(word,) * 4,
        run_id,
        word,
        *(platform.clock.now(),) * 2,
    )
    objects = platform.modules["qa"].resources.get(FolderObjects)
    objects.put(f"{artifacts_of(run_id)}/index.html", word.encode())
    event = {"id": "1", "source": word, "meter": "qa_runs", "quantity": 3}
    await _post(tenant, "/api/v1/billing/usage", {"events": [event]})
    await platform.relay()
    [session, *_] = await _list(tenant, "/api/v1/auth/sessions")
    [invitation] = await _list(tenant, "/api/v1/invitations")
    owner_id, now = parse_id("usr", tenant.owner.user_id), platform.clock.now()
    passkey_id, consent_id, identity_id = new_id(), new_id(), new_id()
    platform.query(
        "insert into auth.passkey (id, user_id, credential_id, public_key, sign_count, transports,"
        " synced, name, created_at) values (%s, %s, %s, '', 0, '{}', false, %s, %s) returning id",
        passkey_id,
        owner_id,
        word.encode(),
        word,
        now,
    )
    platform.query(
        "insert into auth.consent (id, user_id, client_id, client_name, audience, bound_to, scopes,"
        " given_at) values (%s, %s, %s, %s, %s, %s, '{}', %s) returning id",
        consent_id,
        owner_id,
        client["client_id"],
        word,
        word,
        parse_id("org", tenant.id),
        now,
    )
    platform.query(
        "insert into auth.external_identity (id, user_id, provider, issuer, subject, label,"
        " created_at, last_used_at) values (%s, %s, %s, %s, %s, %s, %s, %s) returning id",
        identity_id,
        owner_id,
        *(word,) * 4,
        now,
        now,
    )
    platform.query(
        "insert into auth.impersonation (id, organization_id, user_id, administrator_id, reason,"
        " started_at, ends_at) values (%s, %s, %s, %s, %s, %s, %s) returning id",
        parse_id("ses", session["id"]),
        parse_id("org", tenant.id),
        owner_id,
        owner_id,
        word,
        now,
        now + timedelta(hours=1),
    )
    platform.query(
        "insert into auth.impersonation_grant (organization_id, user_id, granted_by, granted_at,"
        " expires_at) values (%s, %s, %s, %s, %s) returning user_id",
        parse_id("org", tenant.id),
        parse_id("usr", member.user_id),
        owner_id,
        now,
        now + timedelta(hours=1),
    )
    ids = {
        "org": tenant.id,
        "usr": member.user_id,
        "ses": session["id"],
        "inv": invitation["id"],
        "key": key["id"],
        "run": run["id"],
        "suite": suite["id"],
        "sched": schedule["id"],
        "env": environment["id"],
        "heal": format_id("heal", heal_id),
        "cli": client["client_id"],
        "sec": secret["id"],
        "res": resource["id"],
        "sa": account["id"],
        "pky": format_id("pky", passkey_id),
        "cns": format_id("cns", consent_id),
        "xid": format_id("xid", identity_id),
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
