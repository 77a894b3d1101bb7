"""Reports for those who may read them: `python django_service.py runserver`."""

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from argus_client.integrations.django import caller, client, requires

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DEBUG=False)


@requires("results:read")
def reports(request: HttpRequest) -> JsonResponse:
    """What the plan includes, counted."""
    client().record_usage("api_calls")
    shown = ["totals", "details"] if client().entitled("api_access") else ["totals"]
    return JsonResponse({"for": caller(request).id, "reports": shown})


urlpatterns = [path("reports", reports)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line()
