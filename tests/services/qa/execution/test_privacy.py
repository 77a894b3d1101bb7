from argus.services.qa.browser.session import new_session
from argus.services.qa.execution.privacy import contains
from support.website import Answer, Asked, WebSite, redirect, serve


async def test_no_other_host_is_asked_when_a_page_has_begun_to_redirect(browsers) -> None:
    with serve(WebSite()) as elsewhere, serve(WebSite()) as site:
        visits: list[Asked] = []

        def page(asked: Asked) -> Answer:
            visits.append(asked)
            return Answer("secret") if len(visits) == 1 else redirect(f"{elsewhere.url}/inside")

        site.pages["/"] = page
        async with new_session(await browsers.get(), site.url) as session:
            mark = session.mark()
            await session.goto("/")
            assert not await contains(session, session.since(mark), "secret")
        assert len(visits) == 2
        assert elsewhere.asked == []
