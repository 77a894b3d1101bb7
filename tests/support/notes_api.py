"""An API of a few lines with an OpenAPI description; its attributes are what may go wrong."""

import json
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from support.listening import Quiet, listening

ADA, BOB = "ada-token-6fQ2", "bob-token-9Kx4"
_USERS = {f"Bearer {ADA}": "ada", f"Bearer {BOB}": "bob"}
_NOTE: dict[str, Any] = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string", "maxLength": 20}},
    "additionalProperties": False,
}
_STORED: dict[str, Any] = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {"id": {"type": "integer"}, "title": {"type": "string"}},
}


def _answers(*codes: int, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {str(code): {"description": "as it says"} for code in codes}
    if schema:
        told[str(codes[0])]["content"] = {"application/json": {"schema": schema}}
    return told


def _operation(answers: dict[str, Any], *, takes: bool = False) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": _NOTE}}}
    return {"responses": answers} | ({"requestBody": body} if takes else {})


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "1"},
    "servers": [{"url": "/api"}],
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/notes": {
            "get": _operation(_answers(200, 401, schema={"type": "array", "items": _STORED})),
            "post": _operation(_answers(201, 400, 401, schema=_STORED), takes=True),
        },
        "/notes/{note_id}": {
            "parameters": [
                {
                    "name": "note_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 1},
                }
            ],
            "get": _operation(_answers(200, 401, 404, schema=_STORED)),
            "put": _operation(_answers(200, 400, 401, 404, schema=_STORED), takes=True),
            "delete": _operation(_answers(204, 401, 404)),
        },
    },
}


@dataclass
class NotesApi:
    """Notes of two users, each of whom sees their own."""

    notes: dict[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """Owner and title by id."""
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    breaks: bool = False
    """A title is answered with 500, and with Ada's token."""
    forgets_id: bool = False
    reads_are_open: bool = False
    """Whoever knows a note's address gets it."""
    writes_are_open: bool = False
    lists_are_shared: bool = False
    deletes: bool = True
    makes_once: bool = False
    """There is one note, and to make another changes it."""
    forgets_titles: bool = False
    """A note is given without its title."""
    loses: bool = False
    """What it takes is not kept."""
    hangs_up_at: str = ""
    """A method that is not answered."""
    described: bool = True
    down: bool = False
    url: str = ""
    last_id: int = 100

    def answer(self, method: str, path: str, who: str, body: bytes) -> tuple[int, Any]:
        """Status and JSON; None for no body."""
        if path == "/openapi.json" and self.described:
            return 200, DESCRIPTION
        item = re.fullmatch(r"/api/notes/(\d+)", path)
        if path != "/api/notes" and not item:
            return 404, {"detail": "no such path"}
        known = self.notes.get(int(item[1])) if item else None
        read = method in ("GET", "HEAD")
        is_open = self.reads_are_open if read else self.writes_are_open
        if not who and not (known and is_open):
            return 401, {"detail": "sign in"}
        if item:
            if known is None or (known[0] != who and not is_open):
                return 404, {"detail": "no such note"}
            return self._at(int(item[1]), method, known[0], body)
        if method == "POST":
            self.last_id += 0 if self.makes_once else 1
            return self._put(self.last_id, 201, who, body)
        if read:
            mine = {
                i: note for i, note in self.notes.items() if self.lists_are_shared or note[0] == who
            }
            return 200, [self._told(note_id) for note_id in mine]
        return 405, {"detail": "no such method"}

    def _at(self, note_id: int, method: str, owner: str, body: bytes) -> tuple[int, Any]:
        if method == "PUT":
            return self._put(note_id, 200, owner, body)
        if method == "DELETE":
            if self.deletes:
                del self.notes[note_id]
            return 204, None
        return (200, self._told(note_id)) if method in ("GET", "HEAD") else (405, {})

    def _put(self, note_id: int, status: int, owner: str, body: bytes) -> tuple[int, Any]:
        try:
            note = json.loads(body)
        except ValueError:
            return 400, {"detail": "no JSON"}
        title = note.get("title") if isinstance(note, dict) and len(note) == 1 else None
        if not isinstance(title, str) or len(title) > 20:
            return 400, {"detail": "a title of at most 20 characters"}
        if self.breaks and title:
            return 500, {"detail": f"no way to write it for {ADA}"}
        self.notes[note_id] = (owner, title)
        told = self._told(note_id)
        if self.loses:
            del self.notes[note_id]
        return status, told

    def _told(self, note_id: int) -> dict[str, Any]:
        title = "(a title)" if self.forgets_titles else self.notes[note_id][1]
        return {"title": title} if self.forgets_id else {"id": note_id, "title": title}


@pytest.fixture
def api() -> Generator[NotesApi]:
    """A running `NotesApi`."""
    app = NotesApi()

    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            if app.down or self.command == app.hangs_up_at:
                self.close_connection = True
                return
            length = int(self.headers["Content-Length"] or 0)
            who = _USERS.get(self.headers["Authorization"] or "", "")
            path = self.path.partition("?")[0]
            app.asked.append((self.command, path))
            status, told = app.answer(self.command, path, who, self.rfile.read(length))
            content = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            if told is not None:
                self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    with listening(Handler) as app.url:
        yield app
