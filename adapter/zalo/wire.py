"""HTTP to Zalo: one request, one reply, or a fault that says whether the request may have left.

httpx speaks through aiohttp's connections (``httpx-aiohttp``): httpx's own pool is slow under concurrency and can hand
a request a connection that is being closed (``reference/speed.md`` 3).
"""

import asyncio
import base64
import ssl
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Self, cast

import aiohttp
import httpx
from aiohttp.connector import Connection
from httpx_aiohttp import AiohttpTransport

from adapter.errors import ConfigError
from adapter.model import Answer, Cause, Refused, Unclear
from adapter.zalo.answers import Reply
from adapter.zalo.settings import Zalo

FAULTS: Final = (httpx.HTTPError, aiohttp.ClientError, OSError)
"""All that a request may end with besides a reply. ``TimeoutError`` is an ``OSError``."""

_CLIENT_ERRORS = 400

MAX_REPLY_BYTES = 256 * 1024
"""Zalo's answers have a few hundred bytes; more is no answer of Zalo's, and must not fill our memory."""

KEEP_IDLE_SECONDS = 4.0
"""Shorter than any common server's patience with an idle connection (5 s and more), so that ours is closed first."""

SPARE_CONNECTIONS = 4
"""For status questions, so that they never take a connection from a message."""

# A compressed answer could be small on the wire and vast in memory; httpx 0.28 has no ceiling for that.
_HEADERS: Final = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "motcua-zalo"}

_ENCODING: Final = "ascii"
"""Of all our headers. Not told, httpx tries every one out, for every request."""

_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""The last one: the proxy would not open a way (CONNECT), so nothing was said through it."""

_HTTPX_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class ReplyTooLargeError(httpx.ReadError):
    """The reply is larger than any answer of Zalo's."""


class _Wordless(aiohttp.ClientResponse):
    """An answer without the words behind its status: nobody reads them, they may be in any encoding.

    httpx-aiohttp 0.1.12 raises UnicodeEncodeError over those that are not UTF-8; a good answer, a new pair of tokens
    even, would be lost over them.
    """

    async def start(self, connection: Connection) -> Self:
        """Read the head."""
        await super().start(connection)
        self.reason = ""
        return self


class Wire:
    """Connections to Zalo, for one event loop. Never follows a redirect, never uses the environment's proxies.

    Nothing here sends a POST a second time. (aiohttp repeats a GET once when a kept connection turns out dead, which
    is safe.) ``context``: what ``tls_context`` gave, where it is kept for many wires. Raises ConfigError.
    """

    def __init__(
        self,
        settings: Zalo,
        transport: httpx.AsyncBaseTransport | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        timeout = httpx.Timeout(
            connect=settings.connect_timeout,
            read=settings.read_timeout,
            write=settings.read_timeout,
            pool=settings.pool_timeout,
        )
        self._extensions = {"timeout": timeout.as_dict()}
        self._total = settings.total_timeout
        # Without httpx's client in between: for each message it parses the URL again, merges headers and looks for
        # cookies. That was half of what a send cost, and nothing of it is wanted: nothing about one citizen's message
        # may travel with the next one's.
        self._transport = transport or _transport(settings, context or tls_context(settings.ca_file))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a body once. Raises one of ``FAULTS``."""
        return await self._ask("POST", _parsed(url), headers, body)

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Ask. Raises one of ``FAULTS``."""
        return await self._ask("GET", _parsed(url).copy_merge_params(params), headers, b"")

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _ask(self, method: str, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Reply:
        # As a stream, because from ``content=`` httpx guesses headers that aiohttp then makes itself.
        written, stream = _written(tuple(headers.items())), httpx.ByteStream(body)
        request = httpx.Request(method, url, headers=written, stream=stream, extensions=self._extensions)
        request.headers.encoding = _ENCODING
        request.read()
        # The read timeout begins anew with every byte; only the whole deadline stops an answer that drips.
        async with asyncio.timeout(self._total):
            response = await self._transport.handle_async_request(request)
            # The stream itself: what httpx counts and checks around it is for streams that are read twice.
            answered = cast(httpx.AsyncByteStream, response.stream)
            try:
                body = await _body(answered)
            finally:
                await answered.aclose()
        retry_after = response.headers.get("retry-after", "") if response.status_code >= _CLIENT_ERRORS else ""
        dated = response.headers.get("date", "") if method == "GET" else ""
        return Reply(status=response.status_code, body=body, retry_after=retry_after, dated=dated)


async def _body(stream: httpx.AsyncByteStream) -> bytes:
    body = bytearray()
    async for part in stream:
        body += part
        if len(body) > MAX_REPLY_BYTES:
            raise ReplyTooLargeError(f"more than {MAX_REPLY_BYTES} bytes")
    return bytes(body)


@lru_cache(maxsize=8)
def _written(headers: tuple[tuple[str, str], ...]) -> httpx.Headers:
    """The headers of one token and kind of body, which thousands of requests share."""
    return httpx.Headers({**_HEADERS, **dict(headers)}, encoding=_ENCODING)


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """The few addresses there are, each parsed once."""
    return httpx.URL(url)


def never_left(error: BaseException) -> bool:
    """Whether a fault proves that no byte of the request reached the server.

    httpx-aiohttp 0.1.12 turns ``ServerDisconnectedError`` and ``ClientOSError``, which come after the request was
    written, into ``httpx.ConnectTimeout``. Believing that would send a message twice, so aiohttp's own error decides;
    httpx's name counts only where no aiohttp error stands behind it. In doubt: it may have left.
    """
    cause = _origin(error)
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, _NEVER_LEFT)
    return isinstance(error, _HTTPX_NEVER_LEFT)


def answer_of(error: BaseException) -> Answer:
    """What a fault means for the message; its code is the class of the fault, never its text."""
    code = fault_name(error)
    return Refused(cause=Cause.NEVER_LEFT, code=code) if never_left(error) else Unclear(code=code)


def fault_name(error: BaseException) -> str:
    """The class of a fault: safe to log, other than its text."""
    return type(_origin(error)).__name__


def _origin(error: BaseException) -> BaseException:
    return error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error


def tls_context(ca_file: str) -> ssl.SSLContext:
    """TLS 1.2 and newer; the chain, the host's name and the dates are checked, always.

    ``ca_file``: PEM of the only authorities believed; empty: the public ones (certifi's). Raises ConfigError.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=False)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError([f"zalo.ca_file {ca_file}: {error.strerror or type(error).__name__}"]) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _transport(settings: Zalo, context: ssl.SSLContext) -> AiohttpTransport:
    connections = settings.slots + SPARE_CONNECTIONS

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEP_IDLE_SECONDS, ssl=context)
        jar = aiohttp.DummyCookieJar()
        return aiohttp.ClientSession(connector=connector, cookie_jar=jar, response_class=_Wordless, trust_env=False)

    opening: Callable[[], aiohttp.ClientSession] = session  # opened by the transport inside the loop, on first use
    proxy = _proxy(settings.proxy) if settings.proxy else None
    return AiohttpTransport(verify=context, trust_env=False, proxy=proxy, client=opening)


def _proxy(address: str) -> httpx.Proxy:
    url = httpx.URL(address)
    if not url.userinfo:
        return httpx.Proxy(url)
    # As a header of ours: the transport would pass user and password on in a way that aiohttp is giving up.
    login = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
    return httpx.Proxy(url.copy_with(userinfo=b""), headers={"proxy-authorization": f"Basic {login}"})
