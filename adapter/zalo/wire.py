"""HTTP to Zalo: one request, one reply, or a fault that says whether the request may have left.

httpx speaks through aiohttp's connections (``httpx-aiohttp``): httpx's own pool is slow under concurrency and can hand
a request a connection that is being closed (``reference/speed.md`` 3).
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from adapter.errors import ConfigError
from adapter.model import Answer, Cause, Refused, Unclear
from adapter.zalo.answers import Reply
from adapter.zalo.settings import Zalo

FAULTS: Final = (httpx.HTTPError, aiohttp.ClientError, OSError)
"""All that a request may end with besides a reply. ``TimeoutError`` is an ``OSError``."""

MAX_REPLY_BYTES = 256 * 1024
"""Zalo's answers have a few hundred bytes; more is no answer of Zalo's, and must not fill our memory."""

KEEP_IDLE_SECONDS = 4.0
"""Shorter than any common server's patience with an idle connection (5 s and more), so that ours is closed first."""

SPARE_CONNECTIONS = 4
"""For status questions, so that they never take a connection from a message."""

_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""The last one: the proxy would not open a way (CONNECT), so nothing was said through it."""

_HTTPX_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class ReplyTooLargeError(httpx.ReadError):
    """The reply is larger than any answer of Zalo's."""


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
        self._total = settings.total_timeout
        self._http = httpx.AsyncClient(
            transport=transport or _transport(settings, context or tls_context(settings.ca_file)),
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            # httpx keeps cookies by itself; nothing about one citizen's message may travel with the next one's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            # A compressed answer could be small on the wire and vast in memory; httpx 0.28 has no ceiling for that.
            headers={"accept-encoding": "identity", "user-agent": "motcua-zalo"},
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Send a body once. Raises one of ``FAULTS``."""
        return await self._ask("POST", url, content=body, headers=headers)

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Ask. Raises one of ``FAULTS``."""
        return await self._ask("GET", url, params=params, headers=headers)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        # The read timeout begins anew with every byte; only the whole deadline stops an answer that drips.
        async with (
            asyncio.timeout(self._total),
            self._http.stream(method, url, content=content, params=params, headers=headers) as response,
        ):
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MAX_REPLY_BYTES:
                    raise ReplyTooLargeError(f"more than {MAX_REPLY_BYTES} bytes")
            return Reply(
                status=response.status_code, body=bytes(body), retry_after=response.headers.get("retry-after", "")
            )


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
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)

    opening: Callable[[], aiohttp.ClientSession] = session  # opened by the transport inside the loop, on first use
    proxy = httpx.Proxy(settings.proxy) if settings.proxy else None
    return AiohttpTransport(verify=context, trust_env=False, proxy=proxy, client=opening)
