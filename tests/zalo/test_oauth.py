import json
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.zalo.answers import Reply
from adapter.zalo.oauth import Denied, Granted, NoAnswer, TokenEndpoint, is_token, read_outcome
from tests.zalo.builders import APP_ID, APP_SECRET, settings
from tests.zalo.conftest import Serve
from tests.zalo.doubles import replying
from tests.zalo.raw_server import accept, hang_up, raw

PAIR = {"access_token": "AT", "refresh_token": "RT", "expires_in": "90000"}
GRANTED = Granted(access="AT", refresh="RT", seconds=90000)


def outcome(content: object, status: int = 200) -> object:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_outcome(Reply(status=status, body=body))


@pytest.mark.parametrize(
    ("life", "seconds"),
    [("90000", 90000), (90000, 90000), (None, 3600), ("", 3600), ("soon", 3600), (0, 3600), (-1, 3600), (True, 3600)],
)
def test_a_pair_is_granted_whatever_form_its_life_has(life: object, seconds: int) -> None:
    assert outcome({**PAIR, "expires_in": life}) == Granted(access="AT", refresh="RT", seconds=seconds)


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"error_name": "Invalid refresh token.", "error_reason": "…"}, "no-code"),
        ({"error": -14014, "error_name": "Invalid refresh token."}, "-14014"),
        ({"error": "-14014"}, "-14014"),
        ({"access_token": "AT"}, "no-code"),
        ({"refresh_token": "RT"}, "no-code"),
        ({**PAIR, "refresh_token": ""}, "no-code"),
        ({**PAIR, "refresh_token": None}, "no-code"),
        ({**PAIR, "access_token": "with space"}, "no-code"),
        ({**PAIR, "access_token": "line\nbreak"}, "no-code"),
    ],
)
def test_an_answer_without_two_whole_tokens_is_a_denial(content: object, code: str, status: int) -> None:
    assert outcome(content, status) == Denied(code=code)


@pytest.mark.parametrize(
    ("content", "status", "expected"),
    [
        (b"<html>", 200, NoAnswer(code="http-200", never_left=False)),
        (b"", 200, NoAnswer(code="http-200", never_left=False)),
        (b"[]", 200, NoAnswer(code="http-200", never_left=False)),
        (b"<html>", 403, NoAnswer(code="http-403", never_left=False)),
        (PAIR, 500, NoAnswer(code="http-500", never_left=False)),
        ({"error": -1}, 503, NoAnswer(code="http-503", never_left=False)),
        (b"slow down", 429, NoAnswer(code="http-429", never_left=True)),
    ],
)
def test_what_cannot_be_read_is_no_answer(content: object, status: int, expected: NoAnswer) -> None:
    assert outcome(content, status) == expected


@given(st.binary(), st.integers(200, 599))
def test_no_bytes_make_a_pair_out_of_nothing(body: bytes, status: int) -> None:
    assert isinstance(outcome(body, status), Denied | NoAnswer)


def test_a_refresh_is_a_form_with_the_secret_in_a_header() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return replying(PAIR)

    endpoint = TokenEndpoint(settings("https://o.test", apart=True), httpx.MockTransport(answer))
    assert endpoint.refresh("R/T+1 ") == GRANTED
    (request,) = asked
    assert str(request.url) == "https://o.test/oauth/v4/oa/access_token"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["secret_key"] == APP_SECRET
    assert parse_qs(request.content.decode()) == {
        "app_id": [APP_ID],
        "grant_type": ["refresh_token"],
        "refresh_token": ["R/T+1 "],
    }


@pytest.mark.parametrize("verifier", ["", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"])
def test_a_consent_is_exchanged_with_its_verifier_where_there_is_one(verifier: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return replying(PAIR)

    assert TokenEndpoint(settings(), httpx.MockTransport(answer)).exchange("C", verifier) == GRANTED
    form = parse_qs(asked[0].content.decode())
    assert form["grant_type"] == ["authorization_code"]
    assert form["code"] == ["C"]
    assert form.get("code_verifier", [""]) == [verifier]


def test_a_lost_answer_may_have_left_and_is_asked_once(serve: Serve) -> None:
    server = serve(hang_up)
    found = TokenEndpoint(settings(server.url)).refresh("RT")
    assert found == NoAnswer(code="ServerDisconnectedError", never_left=False)
    assert len(server.requests) == 1


def test_a_pair_is_not_lost_over_the_words_behind_a_status(serve: Serve) -> None:
    said = json.dumps(PAIR).encode()
    server = serve(raw(b"HTTP/1.1 200 Th\xe0nh c\xf4ng\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)))
    assert TokenEndpoint(settings(server.url)).refresh("RT") == GRANTED


def test_a_refused_connection_never_left(serve: Serve) -> None:
    server = serve(accept())
    server.close()
    found = TokenEndpoint(settings(server.url)).refresh("RT")
    assert found == NoAnswer(code="ClientConnectorError", never_left=True)


@pytest.mark.parametrize("text", ["", " ", "a b", "a\nb", "mã", None, 5, b"x"])
def test_what_cannot_travel_in_a_header_is_no_token(text: object) -> None:
    assert not is_token(text)


def test_tokens_are_not_shown() -> None:
    assert "AT" not in repr(GRANTED)
    assert "RT" not in repr(GRANTED)
