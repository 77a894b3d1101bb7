"""What a repository offers to be tested, read from its source."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from argus.apps.cli import app
from argus.kernel.errors import InvalidRequest
from argus.services.qa.code.analysis import analyze
from argus.services.qa.code.surface import Codebase, Framework, SurfaceKind

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(content: Mapping[str, str]) -> Path:
        for name, text in content.items():
            path = tmp_path / "repository" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return tmp_path / "repository"

    return files


def names(found: Codebase, kind: SurfaceKind = SurfaceKind.ROUTE) -> set[str]:
    return {each.surface.name for each in found.surfaces if each.surface.kind is kind}


def test_routes_of_fastapi_stand_below_every_prefix(write: Write) -> None:
    found = analyze(
        write(
            {
                "app/main.py": """
                    from fastapi import FastAPI
                    from app.books import router
                    from . import orders
                    app = FastAPI()
                    app.include_router(router, prefix="/api")
                    app.include_router(orders.router, prefix="/api/v2")
                    @app.get("/health")
                    async def health(): ...
                """,
                "app/books.py": """
                    from fastapi import APIRouter
                    router = APIRouter(prefix="/books")
                    @router.post("", status_code=201)
                    async def add_book(): ...
                    @router.get("/{book_id:int}")
                    async def get_book(book_id: int): ...
                """,
                "app/orders.py": """
                    from fastapi import APIRouter
                    router = APIRouter()
                    @router.delete("/orders/{id}")
                    def cancel(id): ...
                """,
            }
        )
    )
    assert names(found) == {
        "GET /health",
        "POST /api/books",
        "GET /api/books/:book_id",
        "DELETE /api/v2/orders/:id",
    }
    assert found.frameworks == (Framework.FASTAPI,)
    added = next(each for each in found.surfaces if each.surface.handler == "add_book")
    assert (added.surface.file, added.surface.line, added.importers) == ("app/books.py", 5, 1)


def test_routes_of_flask_name_their_methods(write: Write) -> None:
    found = analyze(
        write(
            {
                "shop.py": """
                    from flask import Blueprint, Flask
                    bp = Blueprint("shop", __name__, url_prefix="/shop")
                    @bp.route("/cart", methods=["GET", "POST"])
                    def cart(): ...
                    @bp.route("/item/<int:item_id>")
                    def item(item_id): ...
                """,
            }
        )
    )
    assert names(found) == {"GET /shop/cart", "POST /shop/cart", "GET /shop/item/:item_id"}
    assert found.frameworks == (Framework.FLASK,)


def test_routes_of_django_are_followed_into_their_views(write: Write) -> None:
    found = analyze(
        write(
            {
                "site/urls.py": """
                    from django.urls import include, path, re_path
                    from site import views
                    urlpatterns = [
                        path("library/", include("library.urls")),
                        re_path(r"^year/(?P<year>[0-9]{4})/$", views.year),
                    ]
                """,
                "site/views.py": "def year(request, year):\n    return None\n",
                "library/urls.py": """
                    from django.urls import path
                    from .views import AddBook, borrow
                    urlpatterns = [
                        path("add/", AddBook.as_view(), name="add"),
                        path("<int:pk>/borrow/", borrow),
                    ]
                """,
                "library/views.py": """
                    class AddBook(CreateView):
                        model = Book
                    @require_POST
                    def borrow(request, pk):
                        ...
                """,
            }
        )
    )
    assert names(found) == {"POST /library/add/", "POST /library/:pk/borrow/", "/year/:year/"}


def test_routes_of_express_stand_below_where_they_are_used(write: Write) -> None:
    found = analyze(
        write(
            {
                "server.js": """
                    const express = require("express");
                    const users = require("./routes/users");
                    const app = express();
                    app.use("/api/users", users);
                    app.get("/", (request, response) => response.send("hi"));
                """,
                "routes/users.js": """
                    const router = require("express").Router();
                    router.post("/", create);
                    router.delete("/:id", remove);
                    module.exports = router;
                """,
            }
        )
    )
    assert names(found) == {"GET /", "POST /api/users/", "DELETE /api/users/:id"}
    assert found.frameworks == (Framework.EXPRESS,)


def test_next_has_its_routes_in_file_names(write: Write) -> None:
    found = analyze(
        write(
            {
                "next.config.js": "module.exports = {}",
                "app/(shop)/cart/[id]/page.tsx": "export default function Page() { return <p/> }",
                "app/api/orders/route.ts": "export async function POST(request: Request) {}",
                "pages/api/login.ts": 'export default (q) => { if (q.method === "POST") {} }',
                "pages/about.tsx": "export default () => <p/>",
            }
        )
    )
    assert names(found) == {"GET /cart/:id", "POST /api/orders", "POST /api/login", "GET /about"}


def test_react_has_forms_with_fields_handlers_routes_and_test_ids(write: Write) -> None:
    found = analyze(
        write(
            {
                "src/Login.tsx": """
                    export const Login = () => (
                      <form id="login" onSubmit={submit} data-testid="login-form">
                        <input name="email" /><Field name="password" />
                        <button aria-label="Forgot" onClick={forgot}>?</button>
                      </form>);
                    export const Routes = () => <Route path="/login" element={<Login />} />;
                """,
            }
        )
    )
    (form,) = [each.surface for each in found.surfaces if each.surface.kind is SurfaceKind.FORM]
    assert (form.name, form.method, form.handler) == ("form login", "POST", "submit")
    assert form.fields == ("email", "password")
    assert names(found, SurfaceKind.HANDLER) == {"Forgot onClick"}
    assert names(found, SurfaceKind.TEST_ID) == {"login-form"}
    assert names(found) == {"GET /login"}


def test_vue_is_read_in_template_and_script(write: Write) -> None:
    found = analyze(
        write(
            {
                "src/Pay.vue": """
                    <template>
                      <form @submit.prevent="pay"><input v-model="amount" name="amount"></form>
                      <button aria-label="Refund" @click="refund">x</button>
                    </template>
                    <script setup>
                    import { useRouter } from "vue-router"
                    </script>
                """,
                "src/router.js": """
                    import { createRouter } from "vue-router"
                    import Pay from "./Pay.vue"
                    export default createRouter({ routes: [{ path: "/pay/:id", component: Pay }] })
                """,
            }
        )
    )
    assert names(found, SurfaceKind.FORM) == {"form pay"}
    assert names(found, SurfaceKind.HANDLER) == {"Refund click"}
    assert names(found) == {"GET /pay/:id"}


def test_templates_have_forms_with_what_a_person_enters(write: Write) -> None:
    page = """
        <form action="/books/add/" method="post">{% csrf_token %}
          <input type="hidden" name="csrf"><input name="title">
          <select name="shelf"></select><input type="submit" name="save">
        </form>
        <form action="/search"><input name="q"></form>
    """
    found = analyze(write({"templates/books.html": page}))
    forms = [each.surface for each in found.surfaces]
    assert [(form.name, form.method, form.path, form.fields) for form in forms] == [
        ("form /books/add/", "POST", "/books/add/", ("title", "shelf")),
        ("form /search", "GET", "/search", ("q",)),
    ]


def test_what_changes_things_is_sensitive_and_changes_often_comes_first(write: Write) -> None:
    root = write(
        {
            "a.py": "from flask import Flask\n@app.route('/about')\ndef about(): ...\n",
            "b.py": "from flask import Flask\n@app.post('/payments')\ndef pay(): ...\n",
            "c.py": "from flask import Flask\n@app.post('/notes')\ndef note(): ...\n",
        }
    )
    git(root, "init", "-q")
    for number in range(3):
        (root / "a.py").write_text((root / "a.py").read_text() + f"# {number}\n")
        git(root, "add", "-A")
        git(root, "commit", "-qm", str(number))
    found = analyze(root)
    assert [each.surface.name for each in found.surfaces] == [
        "POST /payments",
        "POST /notes",
        "GET /about",
    ]
    assert [each.commits for each in found.surfaces] == [1, 1, 3]


@pytest.mark.parametrize("broken", ["def f(:\n  @@@", "<form", "@app.get('/x'\n", "\x00\x01"])
def test_code_that_does_not_parse_is_read_as_far_as_it_does(write: Write, broken: str) -> None:
    root = write({"whole.py": "@app.get('/whole')\ndef f(): ...\n", "broken.py": broken})
    assert "GET /whole" in names(analyze(root))


def test_binary_and_generated_files_links_and_dependencies_are_left_out(write: Write) -> None:
    route = "@app.get('/x')\ndef f(): ...\n"
    root = write({"node_modules/x/a.py": route, "ok.py": route})
    (root / "big.py").write_text("#" * 1_000_001)
    (root / "data.py").write_bytes(b"\0")
    (root / "linked.py").symlink_to(root / "ok.py")
    found = analyze(root)
    assert len(found.surfaces) == found.files == 1
    assert found.unreadable == ("big.py", "data.py")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="is not a folder"):
        analyze(tmp_path / "nowhere")


def test_the_command_shows_the_most_important_ones(write: Write) -> None:
    route = "from flask import Flask\n@app.post('/{0}')\ndef {0}(): ...\n"
    root = write({f"{name}.py": route.format(name) for name in ("pay", "note")})
    shown = CliRunner().invoke(app, ["qa", "surfaces", str(root), "--limit", "1"])
    assert shown.exit_code == 0
    assert "POST /pay" in shown.output
    assert "2 files, flask; 1 more" in shown.output
    told = CliRunner().invoke(app, ["qa", "surfaces", str(root), "--json"])
    assert Codebase.model_validate_json(told.output) == analyze(root)


def git(root: Path, *command: str) -> None:
    somebody = {"NAME": "ada", "EMAIL": "ada@example.com"}
    who = {
        f"GIT_{role}_{key}": v for role in ("AUTHOR", "COMMITTER") for key, v in somebody.items()
    }
    subprocess.run(["git", "-C", str(root), *command], check=True, env=os.environ | who)
