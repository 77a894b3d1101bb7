"""Parts in a depot, without pages: an API of JSON with its OpenAPI description, for two users."""

import json
from typing import Any, ClassVar

from argus.services.qa.benchmark.applications.web import (
    Application,
    Bug,
    Kind,
    Request,
    Response,
    route,
)
from argus.services.qa.ir import Flow

_PART: dict[str, Any] = {
    "type": "object",
    "required": ["name", "amount"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 40},
        "amount": {"type": "integer", "minimum": 0, "maximum": 1000},
    },
    "additionalProperties": False,
}
_STORED: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "amount"],
    "properties": {"id": {"type": "integer"}, **_PART["properties"]},
    "additionalProperties": False,
}
_NUMBER = {"type": "integer", "minimum": 1, "maximum": 100_000}


def _operation(content: dict[str, Any] | None, *codes: int, takes: bool = False) -> dict[str, Any]:
    answers: dict[str, Any] = {str(code): {"description": "as it says"} for code in codes}
    if content is not None:
        answers[str(codes[0])]["content"] = {"application/json": {"schema": content}}
    body = {"required": True, "content": {"application/json": {"schema": _PART}}}
    return {"responses": answers} | ({"requestBody": body} if takes else {})


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Depot", "version": "1"},
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/api/parts": {
            "get": _operation({"type": "array", "items": _STORED}, 200, 401),
            "post": _operation(_STORED, 201, 400, 401, takes=True),
        },
        "/api/parts/{number}": {
            "parameters": [{"name": "number", "in": "path", "required": True, "schema": _NUMBER}],
            "get": _operation(_STORED, 200, 401, 404),
            "put": _operation(_STORED, 200, 400, 401, 404, takes=True),
            "delete": _operation(None, 204, 401, 404),
        },
    },
}


class Depot(Application):
    """Each user has parts of their own, which nobody else may see."""

    name = "depot"
    users: ClassVar = {"ada": "ada-token", "bob": "bob-token"}
    """Their tokens."""
    screens = ()
    bugs = (
        Bug("long_name_breaks", Kind.SERVER_ERROR, Flow.CREATE),
        Bug("nothing_left_breaks", Kind.SERVER_ERROR, Flow.UPDATE),
        Bug("deleted_breaks", Kind.SERVER_ERROR, Flow.READ),
        Bug("amount_is_text", Kind.WRONG_RESULT, Flow.READ),
        Bug("listed_without_name", Kind.WRONG_RESULT, Flow.READ),
        Bug("created_says_accepted", Kind.WRONG_RESULT, Flow.CREATE),
        Bug("negative_accepted", Kind.WRONG_RESULT, Flow.VALIDATE),
        Bug("amount_not_changed", Kind.WRONG_RESULT, Flow.UPDATE),
        Bug("create_ignored", Kind.NO_EFFECT, Flow.CREATE),
        Bug("change_ignored", Kind.NO_EFFECT, Flow.UPDATE),
        Bug("delete_ignored", Kind.NO_EFFECT, Flow.DELETE),
        Bug("anyone_reads", Kind.MISSING_AUTHORIZATION, Flow.READ),
        Bug("anyone_changes", Kind.MISSING_AUTHORIZATION, Flow.UPDATE),
        Bug("anonymous_reads", Kind.MISSING_AUTHORIZATION, Flow.READ),
    )

    def __init__(self, bug: str = "") -> None:
        super().__init__(bug)
        seeds = (("ada", "Bolt", 40), ("ada", "Washer", 7), ("bob", "Crank", 1))
        self._rows: dict[int, tuple[str, dict[str, Any]]] = {
            number: (owner, {"id": number, "name": name, "amount": amount})
            for number, (owner, name, amount) in enumerate(seeds, start=1)
        }
        self._last = len(seeds)

    @route("GET", "/openapi.json")
    def description(self, _: Request) -> Response:
        return _json(DESCRIPTION)

    @route("GET", "/api/parts")
    def listing(self, request: Request) -> Response:
        if not (user := self._user(request)):
            return _json({"detail": "Sign in."}, 401)
        rows = [row for owner, row in self._rows.values() if owner == user]
        if self.bug == "listed_without_name":
            rows = [{"id": row["id"], "amount": row["amount"]} for row in rows]
        return _json(rows)

    @route("POST", "/api/parts")
    def create(self, request: Request) -> Response:
        if not (user := self._user(request)):
            return _json({"detail": "Sign in."}, 401)
        part = self._part(request)
        if part is None:
            return _json({"detail": "That is no part."}, 400)
        if self.bug == "long_name_breaks" and len(part["name"]) > 20:
            return self.crash()
        self._last += 1
        row = {"id": self._last, **part}
        if self.bug != "create_ignored":
            self._rows[self._last] = (user, row)
        return _json(row, 202 if self.bug == "created_says_accepted" else 201)

    @route("GET", "/api/parts/{}")
    def read(self, request: Request, number: int) -> Response:
        user = self._user(request)
        if not user and self.bug != "anonymous_reads":
            return _json({"detail": "Sign in."}, 401)
        if self.bug == "deleted_breaks" and number <= self._last and number not in self._rows:
            return self.crash()
        owner, row = self._rows.get(number, ("", None))
        if row is None or (owner != user and self.bug not in {"anyone_reads", "anonymous_reads"}):
            return _json({"detail": "There is no such part."}, 404)
        if self.bug == "amount_is_text":
            row = {**row, "amount": str(row["amount"])}
        return _json(row)

    @route("PUT", "/api/parts/{}")
    def change(self, request: Request, number: int) -> Response:
        if not (user := self._user(request)):
            return _json({"detail": "Sign in."}, 401)
        owner, row = self._rows.get(number, ("", None))
        if row is None or (owner != user and self.bug != "anyone_changes"):
            return _json({"detail": "There is no such part."}, 404)
        part = self._part(request)
        if part is None:
            return _json({"detail": "That is no part."}, 400)
        if self.bug == "nothing_left_breaks" and not part["amount"]:
            return self.crash()
        changed = {"id": number, **part}
        if self.bug == "amount_not_changed":
            self._rows[number] = (owner, {**changed, "amount": row["amount"]})
        elif self.bug != "change_ignored":
            self._rows[number] = (owner, changed)
        return _json(changed)

    @route("DELETE", "/api/parts/{}")
    def delete(self, request: Request, number: int) -> Response:
        if not (user := self._user(request)):
            return _json({"detail": "Sign in."}, 401)
        if self._rows.get(number, ("", None))[0] != user:
            return _json({"detail": "There is no such part."}, 404)
        if self.bug != "delete_ignored":
            del self._rows[number]
        return Response(status=204)

    def not_found(self) -> Response:
        return _json({"detail": "There is no such address."}, 404)

    def _user(self, request: Request) -> str:
        tokens = {f"Bearer {token}": name for name, token in self.users.items()}
        return tokens.get(request.authorization, "")

    def _part(self, request: Request) -> dict[str, Any] | None:
        try:
            part: Any = json.loads(request.body)
        except ValueError:
            return None
        if not isinstance(part, dict) or {*part} != {"name", "amount"}:  # pyright: ignore[reportUnknownArgumentType]
            return None
        name, amount = part["name"], part["amount"]  # pyright: ignore[reportUnknownVariableType]
        low = -1000 if self.bug == "negative_accepted" else 0
        if not isinstance(name, str) or not 1 <= len(name) <= 40:
            return None
        if isinstance(amount, bool) or not isinstance(amount, int) or not low <= amount <= 1000:
            return None
        return {"name": name, "amount": amount}


def _json(content: object, status: int = 200) -> Response:
    return Response(json.dumps(content), status, media_type="application/json")
