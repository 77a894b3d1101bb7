"""What the open page of a record makes other records with, which are then below it."""

import re
from urllib.parse import urljoin

from argus.services.qa.discovery.describe import describe_form
from argus.services.qa.discovery.digest import read_digest
from argus.services.qa.discovery.site import Form, Site
from argus.services.qa.planning.controls import label
from argus.services.qa.planning.forms import why_not_create
from argus.services.qa.planning.recorder import Recorder, is_record_control
from argus.services.qa.safety import may_follow

_MAKES = re.compile(r"\b(add|new|create)\b")


async def forms_here(hand: Recorder, site: Site) -> list[Form]:
    """The forms of the page that make records, and stand on no page without a record."""
    digest = await read_digest(hand.session)
    elsewhere = {form.key for form in site.forms if "{id}" not in form.url_template}
    username = site.login.username if site.login else ""
    seen = [await describe_form(hand.session, each, digest, "") for each in digest.forms]
    return [
        form
        for form in seen
        if form.key not in elsewhere and not why_not_create(form, username, of_own_record=True)
    ]


async def makers(hand: Recorder) -> list[str]:
    """What links of the record's page are called that lead to where something is made."""
    url = hand.session.url
    return [
        name
        for each in await hand.elements()
        if each.fingerprint.tag == "a" and each.visible and is_record_control(each, url)
        for name in [label(each.fingerprint)]
        if _MAKES.search(name)
        and may_follow(urljoin(url, each.fingerprint.attributes["href"]), name, "")
    ]
