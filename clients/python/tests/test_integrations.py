"""What the integrations do beyond the examples: Starlette, async Django, WebSockets, DPoP, gRPC."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated, Any

import grpc
import grpc.aio
import httpx
import pytest
from fastapi import FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from argus_client import ArgusClient, AsyncArgusClient, Principal
from argus_client.fake_argus import FakeArgus
from argus_client.integrations import fastapi, flask, starlette
from argus_client.integrations.grpc import ArgusInterceptor, AsyncArgusInterceptor, caller
from client_support import example

READ = {"/shop.v1.Shop/Read": "results:read", "/shop.v1.Shop/Any": ""}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_starlette_endpoints_know_their_caller(argus_issuer: FakeArgus) -> None:
    async def reports(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.state.principal.id)

    app = Starlette()
    argus = starlette.Argus(app)
    app.router.routes.append(Route("/reports", argus.requires("results:read")(reports)))
    transport = httpx.ASGITransport(app)
    async with argus.client, httpx.AsyncClient(transport=transport, base_url="http://s") as client:
        good = await client.get("/reports", headers=bearer(argus_issuer.token("results:read")))
        assert (good.status_code, good.text) == (200, argus_issuer.user_id)
        assert (await client.get("/reports")).status_code == 401


def test_a_websocket_knows_its_caller(argus_issuer: FakeArgus) -> None:
    app = FastAPI()
    argus = fastapi.Argus(app)

    @app.websocket("/live")
    async def live(websocket: WebSocket) -> None:
        principal = await argus.caller(websocket, "results:read")
        await websocket.accept()
        await websocket.send_text(principal.id)

    with TestClient(app) as client:
        headers = bearer(argus_issuer.token("results:read"))
        with client.websocket_connect("/live", headers=headers) as connected:
            assert connected.receive_text() == argus_issuer.user_id
    asyncio.run(argus.client.close())


def test_fastapi_documents_the_scheme(argus_issuer: FakeArgus) -> None:
    app = FastAPI()
    argus = fastapi.Argus(app)

    @app.get("/reports")
    async def reports(_: Annotated[Principal, argus.requires()]) -> None: ...

    assert app.openapi()["paths"]["/reports"]["get"]["security"] == [{"HTTPBearer": []}]


def test_a_proof_goes_to_argus_with_the_requests_method_and_address(
    argus_issuer: FakeArgus,
) -> None:
    asked: list[Any] = []
    validate = argus_issuer._validate  # noqa: SLF001 - what arrives is the point
    argus_issuer._validate = lambda question: asked.append(question) or validate(question)  # noqa: SLF001
    token = argus_issuer.token("results:read", cnf={"jkt": "thumbprint"})
    for name in ("fastapi_service", "flask_service", "django_service"):
        with example(name) as service:
            headers = {"Authorization": f"DPoP {token}", "DPoP": "the.proof.jwt"}
            assert service.get("/reports?x=1", headers=headers).status_code == 200
            proof = asked.pop()["proof"]
            assert (proof["jwt"], proof["method"]) == ("the.proof.jwt", "GET")
            assert proof["url"].endswith("test/reports") or proof["url"].endswith("server/reports")


async def test_an_async_view_of_django_is_protected_too(argus_issuer: FakeArgus) -> None:
    with example("django_service"):
        from django.http import HttpRequest, HttpResponse

        from argus_client.integrations import django

        @django.requires("results:read")
        async def reports(request: HttpRequest) -> HttpResponse:
            return HttpResponse(django.caller(request).id.encode())

        def request(**headers: str) -> HttpRequest:
            made: Any = HttpRequest()
            made.method = "GET"
            made.META = {"SERVER_NAME": "s", "SERVER_PORT": "80", **headers}
            return made

        token = argus_issuer.token("results:read")
        good = await reports(request(HTTP_AUTHORIZATION=f"Bearer {token}"))
        assert good.content.decode() == argus_issuer.user_id
        assert (await reports(request())).status_code == 401


def test_a_view_of_flask_may_let_everybody_in_who_is_known(argus_issuer: FakeArgus) -> None:
    from flask import Flask

    app = Flask(__name__)
    argus = flask.Argus(app)

    @app.get("/reports")
    @argus.requires()
    def reports() -> str:
        return argus.principal.kind

    with argus.client:
        answer = app.test_client().get("/reports", headers=bearer(argus_issuer.token()))
    assert answer.text == "user"


class Shop(grpc.GenericRpcHandler):
    """Each method answers with who called it."""

    def __init__(self, *, asynchronous: bool) -> None:
        self._asynchronous = asynchronous

    def service(self, handler_call_details: Any) -> Any:
        if handler_call_details.method.endswith("Stream"):
            stream = self._stream_later if self._asynchronous else self._stream
            return grpc.unary_stream_rpc_method_handler(stream)
        answer = self._answer_later if self._asynchronous else self._answer
        return grpc.unary_unary_rpc_method_handler(answer)

    def _answer(self, _request: bytes, _context: Any) -> bytes:
        return caller.get().id.encode()

    async def _answer_later(self, request: bytes, context: Any) -> bytes:
        return self._answer(request, context)

    def _stream(self, _request: bytes, _context: Any) -> Iterator[bytes]:
        yield caller.get().id.encode()

    async def _stream_later(self, _request: bytes, _context: Any) -> AsyncIterator[bytes]:
        yield caller.get().id.encode()


Call = Callable[[str, str], Any]


@contextmanager
def served(fake: FakeArgus) -> Iterator[Call]:
    permissions = READ | {"/shop.v1.Shop/Stream": "results:read"}
    with ArgusClient(fake.settings) as argus, ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, interceptors=[ArgusInterceptor(permissions, argus)])
        server.add_generic_rpc_handlers((Shop(asynchronous=False),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:

            def call(method: str, authorization: str) -> Any:
                metadata: Any = (("authorization", authorization),) if authorization else ()
                if method == "Stream":
                    stream = channel.unary_stream(f"/shop.v1.Shop/{method}")
                    return next(iter(stream(b"", metadata=metadata, timeout=30)))
                return channel.unary_unary(f"/shop.v1.Shop/{method}")(
                    b"", metadata=metadata, timeout=30
                )

            yield call
        server.stop(0).wait()


def test_grpc_methods_know_their_caller(argus_issuer: FakeArgus) -> None:
    token, limited = argus_issuer.token("results:read"), argus_issuer.token("test:read")
    with served(argus_issuer) as call:
        for method in ("Read", "Any", "Stream"):
            assert call(method, f"Bearer {token}").decode() == argus_issuer.user_id
        refusals = {
            ("Read", ""): grpc.StatusCode.UNAUTHENTICATED,
            ("Read", "Bearer x.y.z"): grpc.StatusCode.UNAUTHENTICATED,
            ("Read", f"Bearer {limited}"): grpc.StatusCode.PERMISSION_DENIED,
            ("Stream", f"Bearer {limited}"): grpc.StatusCode.PERMISSION_DENIED,
            ("Unlisted", f"Bearer {token}"): grpc.StatusCode.PERMISSION_DENIED,
        }
        for (method, authorization), expected in refusals.items():
            with pytest.raises(grpc.RpcError) as refused:
                call(method, authorization)
            assert refused.value.code() is expected  # pyright: ignore[reportAttributeAccessIssue]


async def test_so_do_those_of_grpc_aio(argus_issuer: FakeArgus) -> None:
    permissions = READ | {"/shop.v1.Shop/Stream": "results:read"}
    async with AsyncArgusClient(argus_issuer.settings) as argus:
        server = grpc.aio.server(interceptors=[AsyncArgusInterceptor(permissions, argus)])
        server.add_generic_rpc_handlers((Shop(asynchronous=True),))
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            good = [("authorization", f"Bearer {argus_issuer.token('results:read')}")]
            read = channel.unary_unary("/shop.v1.Shop/Read")
            assert (await read(b"", metadata=good)).decode() == argus_issuer.user_id
            stream = channel.unary_stream("/shop.v1.Shop/Stream")(b"", metadata=good)
            assert [answer.decode() async for answer in stream] == [argus_issuer.user_id]
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await read(b"")
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
        await server.stop(0)
