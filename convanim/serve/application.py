"""The application: which address is answered by what, and what every answer carries with it."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from convanim import __version__
from convanim.base.errors import ConvanimError
from convanim.cli.serving import Limits
from convanim.serve.answers import ALT, NOTES, Answer, Refusal, json_answer, refusal_of, refused
from convanim.serve.desk import Desk, Work
from convanim.serve.drawing import drawn, explained
from convanim.serve.queries import NoSuchAddressError, Query, query_of
from convanim.serve.table import table

_DRAWING = ("matplotlib", "numpy", "pillow", "imageio", "av")
"""The libraries on which the bytes of pictures depend."""

_MOST_PARAMETERS = 100
_YEAR, _HOUR = 31_536_000, 3600
_FOR_EVER = f"public, max-age={_YEAR}, immutable"
_A_WHILE = f"public, max-age={_HOUR}, stale-while-revalidate={24 * _HOUR}"
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_INERT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; sandbox"
_POLICIES = {
    "image/svg+xml": _INERT,
    "application/json": _INERT,
    # An exported page brings a stricter policy for its own style and script with it.
    "text/html": "sandbox allow-scripts allow-downloads",
}
"""What an answer that is opened by itself may do, by its type: it stands apart from the server's own page."""

_OTHERS_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; object-src 'self'"
"""What browsers need that show files of other types in viewers of their own."""


def application(limits: Limits) -> Starlette:
    """Return the application, with the limits that it keeps to."""
    desk = Desk(limits)

    async def picture(request: Request) -> Response:
        return await _answered(request, desk, request.path_params["path"], drawn)

    async def words(request: Request) -> Response:
        path = request.path_params.get("path") or "layer"
        return await _answered(request, desk, f"{path}.svg", explained)

    async def of_version(request: Request) -> Response:
        path, query = request.path_params["path"], request.url.query
        if request.path_params["version"] != __version__:
            address = f"/{quote(path)}" + (f"?{query}" if query else "")
            return RedirectResponse(address, 307, {"Cache-Control": _A_WHILE})
        is_told = path == "explain.json" or (path.startswith("explain/") and path.endswith(".json"))
        name = path.removeprefix("explain/").removesuffix(".json") if path != "explain.json" else "layer"
        work, own = (explained, f"{name}.svg") if is_told else (drawn, path)
        return await _answered(request, desk, own, work, _FOR_EVER)

    async def parameters(request: Request) -> Response:
        return _response(request, json_answer(table()), _A_WHILE, f"parameters {_fingerprint()}")

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        if not limits.log_queries:
            logging.getLogger("uvicorn.access").addFilter(_without_query)
        desk.open()
        yield
        desk.close()

    files = StaticFiles(packages=[("convanim.serve", "page")])
    routes = [
        Route("/", page),
        Route("/healthz", health),
        Route("/parameters.json", parameters),
        Route("/explain.json", words),
        Route("/explain/{path:path}.json", words),
        Route("/v/{version}/{path:path}", of_version),
        Mount("/page", files),
        Route("/{path:path}", picture),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(_Guard, most=limits.query)],
        exception_handlers={HTTPException: _missing},
        lifespan=running,
    )


async def _answered(request: Request, desk: Desk, path: str, work: Work, caching: str = _A_WHILE) -> Response:
    """Return the response to a request for a picture, or for words about it."""
    query = understood(path, request.url.query, "json" if work is explained else path.rpartition(".")[2])
    if isinstance(query, Answer):
        return _response(request, query, _A_WHILE)
    tag = f"{work.__name__} {query.address} {_fingerprint()}"
    # The same command gives the same bytes, so that who has them is told so without another drawing.
    if _etag(tag) in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=_common(caching, tag))
    who = request.client.host if request.client else ""
    found = await desk.answer(query, work, who)
    return _response(request, found, caching, tag, query)


def understood(path: str, written: str, suffix: str) -> Query | Answer:
    """Return what a path and a query string ask for, or a refusal in the kind of a suffix."""
    try:
        pairs = parse_qsl(written, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
        return query_of(path, pairs)
    except NoSuchAddressError as error:
        return refused(refusal_of(error, 404, {}), suffix)
    except ConvanimError as error:
        return refused(refusal_of(error, 400, {}), suffix)
    except ValueError:
        said = f"The query is no UTF-8, or has more than {_MOST_PARAMETERS} parameters."
        return refused(Refusal(400, said), suffix)


def _response(request: Request, found: Answer, caching: str, tag: str = "", query: Query | None = None) -> Response:
    """Return an answer as a response, compressed for those who take that."""
    headers = {
        **_common(caching if found.status < 429 else "no-store", tag if found.status == 200 else ""),
        **found.headers,
    }
    if query is not None:
        headers["Link"] = f'</v/{__version__}{query.address}>; rel="canonical"'
    body = found.body
    if found.packed:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"], body = "gzip", found.packed
    headers["Content-Security-Policy"] = _POLICIES.get(found.media_type, _OTHERS_POLICY)
    is_text = found.media_type.startswith("text/")
    kind = f"{found.media_type}; charset=utf-8" if is_text else found.media_type
    return Response(body, found.status, headers, kind)


def _common(caching: str, tag: str) -> dict[str, str]:
    """Return the headers of every picture and of all words."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": f"{ALT}, {NOTES}",
        "Cache-Control": caching,
    }
    return headers | ({"ETag": _etag(tag)} if tag else {})


def _etag(tag: str) -> str:
    """Return a weak tag, since a body may be compressed or not."""
    return f'W/"{sha256(tag.encode()).hexdigest()[:20]}"'


@cache
def _fingerprint() -> str:
    """Return the versions of all on which bytes depend."""
    return " ".join([__version__, *(_version(name) for name in _DRAWING)])


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "none"


async def _missing(request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses: an address that is not there, or a method that is not taken."""
    assert isinstance(error, HTTPException)
    said = "Only GET and HEAD are answered here." if error.status_code == 405 else "There is nothing at this address."
    response = _response(request, refused(Refusal(error.status_code, said), "json"), "no-store")
    response.headers.update(error.headers or {})
    return response


class _Guard:
    """Refuse addresses that are too long and methods that change things, and add headers of security."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", _PAGE_POLICY)
                # The parts of the page fit each other in one version only, so that browsers ask each time.
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        if len(scope["query_string"]) + len(scope["path"]) > self.most:
            said = f"The address is longer than {self.most} bytes; ask for less."
            response = _response(Request(scope), refused(Refusal(413, said), "json"), "no-store")
            await response(scope, receive, sent)
            return
        await self.app(scope, receive, sent)


_QUERY = re.compile(r"\?.*")


def _without_query(record: logging.LogRecord) -> bool:
    """Take what users typed out of a line of the server's log."""
    if isinstance(record.args, tuple):
        record.args = tuple(_QUERY.sub("", one) if isinstance(one, str) else one for one in record.args)
    return True
