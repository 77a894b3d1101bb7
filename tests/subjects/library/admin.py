"""The admin of the two models, and the bugs that can be built into it one at a time."""

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from library.models import Author, Book


class Bug(StrEnum):
    SAVE_IGNORED = "save_ignored"
    """Create and change answer as usual, message included, but nothing is stored."""
    WRONG_PAGE_AFTER_SAVE = "wrong_page_after_save"
    """The record is stored, then the browser is sent to the front page instead of the list."""
    ERROR_ON_DELETE = "error_on_delete"
    """Confirming a deletion answers 500, and nothing is deleted."""
    ELEMENT_MISSING = "element_missing"
    """The page of a record has no Delete link."""
    BUTTON_REMOVED = "button_removed"
    """The forms have no Save button; "Save and add another" and its like are still there."""


def has(bug: Bug) -> bool:
    return bug == settings.BUG


class BuggyAdmin(admin.ModelAdmin):
    """`ModelAdmin`, plus the bug named by `settings.BUG`."""

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            transaction.set_rollback(has(Bug.SAVE_IGNORED))

    def response_post_save_add(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        return self._after_save(super().response_post_save_add(request, obj))

    def response_post_save_change(self, request: HttpRequest, obj: models.Model) -> HttpResponse:
        return self._after_save(super().response_post_save_change(request, obj))

    def _after_save(self, usual: HttpResponse) -> HttpResponse:
        if has(Bug.WRONG_PAGE_AFTER_SAVE):
            return HttpResponseRedirect(reverse("admin:index"))
        return usual

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        if has(Bug.ERROR_ON_DELETE):
            raise RuntimeError("injected: the record cannot be deleted")
        super().delete_model(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown: dict[str, Any] = {}
        if has(Bug.ELEMENT_MISSING):
            shown["show_delete"] = False
        if has(Bug.BUTTON_REMOVED):
            shown["show_save"] = False
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **shown}
        )


@admin.register(Author)
class AuthorAdmin(BuggyAdmin):
    list_display = ("name", "email")
    search_fields = ("name",)


@admin.register(Book)
class BookAdmin(BuggyAdmin):
    list_display = ("title", "author", "pages", "published")
    search_fields = ("title",)
