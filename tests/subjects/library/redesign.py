"""Gives the answers of the admin the look named by `settings.LOOK`."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from look import Look, Redesign

HOOKS = frozenset(
    {
        "django-admin-form-add-constants",
        "author_form",
        "book_form",
        "main",
        "nav-filter",
        "nav-sidebar",
        "shifted",
        "toggle-nav-sidebar",
        "vDateField",
    }
)
"""What Django's scripts look for and cannot do without."""

WORDS = {
    "Save": "Save changes",
    "Save and add another": "Save changes and add another",
    "Delete": "Delete this",
    "Yes, I’m sure": "Yes, delete it",
    "Add author": "Add an author",
    "Add book": "Add a book",
    "Title:": "Book title:",
    "Name:": "Full name:",
    "Pages:": "Number of pages:",
}


def middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    if settings.LOOK == Look.ORIGINAL:
        return get_response
    redesign = Redesign(HOOKS, WORDS if settings.LOOK == Look.REWORDED else {})
    rewriters = {"text/html": redesign.html, "text/css": redesign.css}

    def redesigned(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        content_type = answer.headers.get("Content-Type", "")
        rewrite = rewriters.get(content_type.partition(";")[0])
        if rewrite is None:
            return answer
        content = rewrite(answer.getvalue().decode()).encode()
        headers = {**answer.headers, "Content-Length": str(len(content))}
        changed = HttpResponse(content, status=answer.status_code, headers=headers)
        changed.cookies = answer.cookies
        answer.close()
        return changed

    return redesigned
