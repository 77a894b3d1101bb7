import library.admin  # noqa: F401  (registers the models)
from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),
]
