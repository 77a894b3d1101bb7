"""A language model of a few lines behind the wire formats of Anthropic, OpenAI and Google; and an
advisor that asks it as a local one.
"""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from argus.kernel.cache import Cache
from argus.kernel.db.listen import Listener
from argus.kernel.ids import OrganizationId, new_id
from argus.services.qa.language_models.budget import Budget
from argus.services.qa.language_models.router import ModelRouter, RunAdvisor
from argus.services.qa.language_models.settings import Access, ModelSettings, Strategy
from argus.services.qa.outcome import Cost
from support.listening import Quiet, listening
from support.stopwatch import Stopwatch

INPUT_TOKENS, OUTPUT_TOKENS = 1200, 80


@dataclass(frozen=True)
class Asked:
    """One question as it came over the wire."""

    wire: str
    model: str
    key: str
    system: str
    material: dict[str, Any]
    form: dict[str, Any]
    """JSON Schema of the answer."""


@dataclass(frozen=True)
class Broken:
    """An answer that is none."""

    status: int = 200
    body: str = ""
    refuses: bool = False
    """In the way of the wire format: politely, and without the required form."""
    silent: bool = False


Reply = dict[str, Any] | Broken


@dataclass
class ModelServer:
    """Answers with what `reply` makes of a question; remembers all of them."""

    reply: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list[Asked])
    url: str = ""

    def tasks(self, wire: str) -> int:
        return sum(each.wire == wire for each in self.asked)


@contextmanager
def model_server(reply: Callable[[Asked], Reply]) -> Generator[ModelServer]:
    """A server, listening at its `url` until the block ends."""
    server, closing = ModelServer(reply), threading.Event()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            read, write = _WIRES[_wire(self.path)]
            key = self.headers.get("x-api-key") or self.headers.get("x-goog-api-key") or ""
            key = key or (self.headers.get("authorization") or "").removeprefix("Bearer ")
            asked = read(body, self.path, key)
            server.asked.append(asked)
            reply = server.reply(asked)
            if isinstance(reply, Broken):
                if reply.silent:
                    closing.wait()
                    return
                if reply.refuses:
                    self._send(200, json.dumps(write(None, body)))
                else:
                    self._send(reply.status, reply.body)
                return
            self._send(200, json.dumps(write(reply, body)))

        def _send(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

    with listening(Handler) as server.url:
        try:
            yield server
        finally:
            closing.set()


@contextmanager
def advised(reply: Callable[[Asked], Reply]) -> Generator[RunAdvisor]:
    """An advisor whose one model answers so."""
    with model_server(reply) as server:
        local = Access(url=f"{server.url}/v1", model="tiny")
        settings = ModelSettings(strategy=Strategy.LOCAL_ONLY, local=local)
        listener = Listener(None, [])  # type: ignore[arg-type] - it never runs
        router = ModelRouter(settings, Cache("a", listener, None, fresh_s=60), Stopwatch())

        async def tell(_kind: str, _data: object) -> None:
            pass

        budget = Budget(1, Cost(model_calls=0, usd=0))
        yield RunAdvisor(router, OrganizationId(new_id()), budget, tell)


def _wire(path: str) -> str:
    if path.endswith("/messages"):
        return "anthropic"
    return "google" if ":generateContent" in path else "openai"


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content)


def _read_anthropic(body: dict[str, Any], _path: str, key: str) -> Asked:
    form = body["tools"][0]["input_schema"]
    told = json.loads(_text(body["messages"][-1]["content"]))
    return Asked("anthropic", body["model"], key, _text(body["system"]), told, form)


def _read_openai(body: dict[str, Any], _path: str, key: str) -> Asked:
    system, told = (_text(message["content"]) for message in body["messages"])
    if "tools" in body:
        form = body["tools"][0]["function"]["parameters"]
    else:
        form = body["response_format"]["json_schema"]["schema"]
    return Asked("openai", body["model"], key, system, json.loads(told), form)


def _read_google(body: dict[str, Any], path: str, key: str) -> Asked:
    model = path.rpartition("/")[2].partition(":")[0]
    config = body["generationConfig"]
    form = config.get("responseJsonSchema") or config.get("responseSchema") or {}
    told = json.loads(_text(body["contents"][-1]["parts"]))
    return Asked("google", model, key, _text(body["systemInstruction"]["parts"]), told, form)


def _write_anthropic(answer: dict[str, Any] | None, body: dict[str, Any]) -> dict[str, Any]:
    refused = {"type": "text", "text": "I cannot help with that."}
    used = {"type": "tool_use", "id": "use_1", "name": body["tools"][0]["name"], "input": answer}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [refused if answer is None else used],
        "stop_reason": "refusal" if answer is None else "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS},
    }


def _write_openai(answer: dict[str, Any] | None, body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if answer is None:
        message["refusal"] = "I cannot help with that."
    elif "tools" in body:
        called = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(answer)}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": called}]
    else:
        message["content"] = json.dumps(answer)
    return {
        "id": "chat_1",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
        },
    }


def _write_google(answer: dict[str, Any] | None, _body: dict[str, Any]) -> dict[str, Any]:
    usage = {
        "promptTokenCount": INPUT_TOKENS,
        "candidatesTokenCount": OUTPUT_TOKENS,
        "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS,
    }
    if answer is None:
        return {"candidates": [{"finishReason": "SAFETY", "index": 0}], "usageMetadata": usage}
    content = {"role": "model", "parts": [{"text": json.dumps(answer)}]}
    told = {"content": content, "finishReason": "STOP", "index": 0}
    return {"candidates": [told], "usageMetadata": usage}


_WIRES = {
    "anthropic": (_read_anthropic, _write_anthropic),
    "openai": (_read_openai, _write_openai),
    "google": (_read_google, _write_google),
}
