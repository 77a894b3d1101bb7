"""Django's own admin over two small models, with a bug or another look on demand.

By hand: `python tests/subjects/django_admin.py --folder DIR --bug save_ignored --look restyled`.
Sign in as `admin` with `admin`. The database is made anew in the folder, with a few rows.
"""

import datetime as dt
from argparse import Namespace
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from look import Look
from process import arguments, serve

USERNAME = PASSWORD = "admin"


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def configure(options: Namespace) -> None:
    settings.configure(
        BUG=options.bug,
        LOOK=options.look,
        SECRET_KEY="only for tests",
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        ROOT_URLCONF="library.urls",
        STATIC_URL="/static/",
        USE_TZ=True,
        TIME_ZONE="UTC",
        LOGGING_CONFIG=None,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # for a quick start
        INSTALLED_APPS=[
            "django.contrib.admin.apps.SimpleAdminConfig",  # registers our two models only
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.staticfiles",
            "library",
        ],
        MIGRATION_MODULES=dict.fromkeys(
            ("admin", "auth", "contenttypes", "sessions"), None
        ),  # tables are made straight from the models: quicker
        MIDDLEWARE=[
            "library.redesign.middleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": options.folder / "library.sqlite3",
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
                },
            }
        },
    )


def fill() -> None:
    from django.contrib.auth.models import User
    from library.models import Author, Book

    call_command("migrate", run_syncdb=True, verbosity=0)
    User.objects.create_superuser(USERNAME, password=PASSWORD)
    books = {
        "Ursula K. Le Guin": [("The Dispossessed", 387, 1974), ("A Wizard of Earthsea", 205, 1968)],
        "Italo Calvino": [("Invisible Cities", 165, 1972)],
        "Stanisław Lem": [("Solaris", 204, 1961), ("The Cyberiad", 295, 1965)],
    }
    for name, written in books.items():
        author = Author.objects.create(name=name)
        for title, pages, year in written:
            Book.objects.create(
                title=title, author=author, pages=pages, published=dt.date(year, 6, 1)
            )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--bug", default="", help="see library/admin.py")
    parser.add_argument("--look", type=Look, choices=list(Look), default=Look.ORIGINAL)
    options = parser.parse_args()
    configure(options)
    django.setup()
    fill()
    server = ThreadedWSGIServer(("127.0.0.1", options.port), QuietHandler, ipv6=False)
    server.set_app(get_wsgi_application())
    serve(server, "/admin/")


if __name__ == "__main__":
    main()
