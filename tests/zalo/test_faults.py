"""What real sockets do to a message, and that no fault ever sends it a second time."""

import gzip
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from adapter.model import Accepted, Answer, Cause, Refused, Unclear
from adapter.zalo.sender import Sender
from adapter.zalo.wire import MAX_REPLY_BYTES, SPARE_CONNECTIONS
from tests.zalo.builders import delivery, settings
from tests.zalo.conftest import OpenSender, Serve, sent
from tests.zalo.raw_server import SUCCESS, Act, RawServer, accept, hang_up, raw, reply, reset


def answer_of(sender: Sender, number: int = 1) -> Answer:
    (settled,) = sent(sender, delivery(number=number)).values()
    return settled.answer


def refused_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def full_backlog() -> Iterator[str]:
    """A server whose queue of connections is full: the next one is never answered."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_refused_connection_never_left(open_sender: OpenSender) -> None:
    found = answer_of(open_sender(settings(refused_port())))
    assert found == Refused(cause=Cause.NEVER_LEFT, code="ClientConnectorError")


def test_an_unknown_host_never_left(open_sender: OpenSender) -> None:
    found = answer_of(open_sender(settings("http://nowhere.invalid")))
    assert found == Refused(cause=Cause.NEVER_LEFT, code="ClientConnectorDNSError")


def test_a_connection_that_is_never_answered_never_left(open_sender: OpenSender) -> None:
    with full_backlog() as url:
        found = answer_of(open_sender(settings(url, connect=0.3)))
    assert found == Refused(cause=Cause.NEVER_LEFT, code="ConnectionTimeoutError")


@pytest.mark.parametrize("act", [raw(b"HTTP/1.1 400 this is no TLS\r\n\r\n"), hang_up, reset])
def test_a_failed_tls_handshake_never_left(open_sender: OpenSender, act: Act) -> None:
    with _greeting(act) as port:
        found = answer_of(open_sender(settings(f"https://127.0.0.1:{port}")))
    assert isinstance(found, Refused)
    assert found.cause is Cause.NEVER_LEFT


def test_a_message_that_finds_no_free_connection_never_left(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept())
    server.acts = [server.silence]
    sender = open_sender(settings(server.url, slots=1, connect=0.2, read=3.0))
    many = 1 + SPARE_CONNECTIONS
    answers = Counter(
        settled.answer for settled in sent(sender, *(delivery(number=n) for n in range(many + 1))).values()
    )
    assert answers[Refused(cause=Cause.NEVER_LEFT, code="ConnectionTimeoutError")] == 1
    assert len(server.requests) == many


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (hang_up, "ServerDisconnectedError"),
        (reset, "ClientOSError"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), "ClientPayloadError"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), "ClientPayloadError"),
        (raw(b"HTTP/1.1 200 O"), "ServerDisconnectedError"),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "ClientResponseError"),
        (reply(headers={"X-Long": "x" * 100_000}), "ClientResponseError"),
        (reply(b" " * (MAX_REPLY_BYTES + 1)), "ReplyTooLargeError"),
        (reply(gzip.compress(b'{"error":0}'), headers={"Content-Encoding": "gzip"}), "unreadable"),
        (reply(b"<html>"), "unreadable"),
        (reply(b"<html>", 502), "http-502"),
    ],
)
def test_a_lost_answer_is_unclear_and_the_message_went_once(
    open_sender: OpenSender, serve: Serve, act: Act, code: str
) -> None:
    server = serve(act)
    assert answer_of(open_sender(settings(server.url))) == Unclear(code=code)
    assert len(server.requests) == 1


def test_the_words_behind_a_status_are_nobodys_business(open_sender: OpenSender, serve: Serve) -> None:
    """A gateway writes them in any encoding; what the answer says must not be lost over that."""
    said = json.dumps(SUCCESS).encode()
    server = serve(raw(b"HTTP/1.1 200 Th\xe0nh c\xf4ng\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)))
    assert answer_of(open_sender(settings(server.url))) == Accepted(reference="96d3cdf3af15")


@pytest.mark.parametrize(("manner", "code"), [("silence", "SocketTimeoutError"), ("drip", "TimeoutError")])
def test_an_answer_that_takes_too_long_is_unclear(
    open_sender: OpenSender, serve: Serve, manner: str, code: str
) -> None:
    server = serve(accept())
    server.acts = [getattr(server, manner)]
    begun = time.monotonic()
    few = settings(server.url, connect=0.3, read=0.3)
    assert answer_of(open_sender(few)) == Unclear(code=code)
    assert time.monotonic() - begun < few.total_timeout + 1
    assert len(server.requests) == 1


def test_a_server_that_goes_while_a_message_is_being_written_is_unclear(open_sender: OpenSender) -> None:
    large = delivery(params={"ten": "x" * 900_000})
    with _greeting(reset, reads=1000) as port:
        (settled,) = sent(open_sender(settings(f"http://127.0.0.1:{port}")), large).values()
    assert settled.answer == Unclear(code="ClientOSError")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(open_sender: OpenSender, serve: Serve, status: int) -> None:
    server = serve(reply(b"", status, {"Location": "/elsewhere"}))
    assert answer_of(open_sender(settings(server.url))) == Refused(cause=Cause.LATER, code=f"http-{status}")
    assert len(server.requests) == 1


def test_no_proxy_of_the_environment_is_used(
    open_sender: OpenSender, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = serve(accept()), serve(reply(b"", 502))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    assert isinstance(answer_of(open_sender(settings(server.url))), Accepted)
    assert proxy.requests == []


def test_a_cookie_is_not_carried_to_the_next_citizens_message(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(reply(b'{"error":0}', headers={"Set-Cookie": "who=one; Path=/"}))
    sender = open_sender(settings(server.url))
    answer_of(sender, 1)
    answer_of(sender, 2)
    assert all(b"cookie" not in request.lower() for request in server.requests)


def test_the_request_on_the_wire_is_as_zalo_wants_it(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept())
    answer_of(open_sender(settings(server.url)))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "post /message/template http/1.1"
    assert "access_token: token-1" in lines
    assert "content-type: application/json" in lines
    assert "accept-encoding: identity" in lines
    assert f"content-length: {len(body)}" in lines
    assert json.loads(body)["tracking_id"] == f"{1:032x}.1"


def test_a_kept_connection_is_used_again(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept())
    sender = open_sender(settings(server.url))
    assert all(isinstance(answer_of(sender, n), Accepted) for n in range(5))
    assert (len(server.requests), server.connections) == (5, 1)


def test_a_connection_the_server_closed_while_idle_costs_nothing(open_sender: OpenSender, serve: Serve) -> None:
    server = serve(accept(keep=False))
    sender = open_sender(settings(server.url))
    for number in range(3):
        assert isinstance(answer_of(sender, number), Accepted)
        assert server.ended()  # its goodbye is there before the next message goes
    assert (len(server.requests), server.connections) == (3, 3)


def test_a_connection_that_dies_under_a_message_makes_it_unclear_and_not_sent_again(
    open_sender: OpenSender, serve: Serve
) -> None:
    server = serve(accept(), hang_up, accept())
    sender = open_sender(settings(server.url))
    assert isinstance(answer_of(sender, 1), Accepted)
    assert answer_of(sender, 2) == Unclear(code="ServerDisconnectedError")
    assert isinstance(answer_of(sender, 3), Accepted)
    assert len(server.requests) == 3


def test_a_connection_closed_in_the_very_moment_of_sending_never_sends_twice(
    open_sender: OpenSender, serve: Serve
) -> None:
    server = serve(accept(keep=False))
    sender = open_sender(settings(server.url))
    answers = {number: answer_of(sender, number) for number in range(200)}
    seen = _tracking_ids(server)
    assert max(seen.values()) == 1
    for number, answer in answers.items():
        arrived = seen[f"{number:032x}.1"]
        # Nobody may be told "never left" when it did; "unclear" though it did not arrive is the price of certainty.
        assert arrived or not isinstance(answer, Accepted)
        assert not arrived or isinstance(answer, Accepted | Unclear)


def test_thirty_two_at_once_are_answered_once_each_when_half_are_dropped(open_sender: OpenSender, serve: Serve) -> None:
    turn = iter(range(1000))
    guard = threading.Lock()

    def every_other(connection: socket.socket) -> bool:
        with guard:
            number = next(turn)
        return hang_up(connection) if number % 2 else accept()(connection)

    server = serve(every_other)
    sender = open_sender(settings(server.url, slots=32))
    sender.send([delivery(number=n) for n in range(32)])
    settled = sender.drain(20)
    assert Counter(answer.id for answer in settled) == {delivery(number=n).id: 1 for n in range(32)}
    assert Counter(type(answer.answer) for answer in settled) == {Accepted: 16, Unclear: 16}
    assert len(server.requests) == 32
    assert max(_tracking_ids(server).values()) == 1


def _tracking_ids(server: RawServer) -> Counter[str]:
    return Counter(json.loads(request.partition(b"\r\n\r\n")[2])["tracking_id"] for request in server.requests)


@contextmanager
def _greeting(act: Act, reads: int = 1) -> Iterator[int]:
    """A server that acts on the first bytes of a connection, whatever they are."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(reads)
                act(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)
