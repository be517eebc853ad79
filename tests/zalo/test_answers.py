import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.model import Accepted, Answer, Cause, Channel, Refused, Unclear
from adapter.zalo.answers import Reply, read_answer, read_int, read_retry_after
from tests.zalo.builders import NOW

SOON = NOW + timedelta(days=1)


def answer(content: object, channel: Channel = Channel.PHONE, status: int = 200, retry_after: str = "") -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_answer(channel, Reply(status=status, body=body, retry_after=retry_after), NOW)


def success(**data: object) -> dict[str, object]:
    return {"error": 0, "message": "Success", "data": data}


@pytest.mark.parametrize(
    ("channel", "content", "expected"),
    [
        (Channel.PHONE, success(msg_id="ab12", quota={"remainingQuota": "499"}), ("ab12", 499)),
        (Channel.PHONE, success(msg_id=96390182736450190, quota={"remainingQuota": 7}), ("96390182736450190", 7)),
        (Channel.PHONE, success(msg_id="ab12", quota={"remainingQuota": None}), ("ab12", None)),
        (Channel.PHONE, success(message_id="ab12"), ("ab12", None)),
        (Channel.UID, success(message_id="cd34", sent_time="1", quota={"remain": "12"}), ("cd34", 12)),
        (Channel.UID, {**success(message_id="cd34", quota={"owner_id": "5"}), "sent_time": "1"}, ("cd34", None)),
        (Channel.UID, success(message_id="cd34", quota=[]), ("cd34", None)),
        (Channel.PHONE, {"error": "0", "data": {"msg_id": "ab12"}}, ("ab12", None)),
        (Channel.PHONE, {"error": 0, "data": None}, ("", None)),
        (Channel.PHONE, {"error": 0, "data": {}}, ("", None)),
        (Channel.UID, {"error": 0}, ("", None)),
    ],
)
def test_every_shape_of_success_is_accepted(
    channel: Channel, content: object, expected: tuple[str, int | None]
) -> None:
    assert answer(content, channel) == Accepted(reference=expected[0], quota_left=expected[1])


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
@pytest.mark.parametrize("data", [{"data": None}, {}, {"data": {}}])
def test_the_code_decides_whatever_the_http_status_and_the_data(status: int, data: dict[str, object]) -> None:
    found = answer({"error": -118, "message": "Zalo account not existed", **data}, status=status)
    assert found == Refused(cause=Cause.PERSON, code="-118", text="Zalo account not existed")


@pytest.mark.parametrize(
    ("channel", "code", "cause", "retry_at"),
    [
        (Channel.PHONE, "-124", Cause.TOKEN, None),
        (Channel.PHONE, -114, Cause.PERSON, SOON),
        (Channel.UID, -249, Cause.PERSON, NOW),
        (Channel.UID, -218, Cause.PERSON, SOON),
        (Channel.UID, -98765, Cause.LATER, None),
        (Channel.PHONE, 112, Cause.LATER, None),
    ],
)
def test_a_refusal_carries_its_code_and_how_long_it_counts(
    channel: Channel, code: object, cause: Cause, retry_at: object
) -> None:
    assert answer({"error": code}, channel) == Refused(cause=cause, code=str(code), retry_at=retry_at)  # type: ignore[arg-type] # the table's column


@pytest.mark.parametrize(
    ("message", "cause"),
    [("user_id is invalid", Cause.PERSON), ("template_data is invalid", Cause.TEMPLATE), (None, Cause.TEMPLATE)],
)
def test_an_invalid_parameter_is_the_persons_only_when_it_is_the_user_id(message: str | None, cause: Cause) -> None:
    found = answer({"error": -201, "message": message}, Channel.UID)
    assert isinstance(found, Refused)
    assert found.cause is cause


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html>", b'{"error":', b'{"error":true}', b"\xff\xfe"])
def test_a_success_without_a_readable_word_is_unclear(body: bytes) -> None:
    assert answer(body) == Unclear(code="unreadable")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"<html>", b'{"error": "Bad Gateway"}', b'{"error": 502}', b'{"error": 0}'])
def test_a_server_error_is_unclear(status: int, body: bytes) -> None:
    assert answer(body, status=status) == Unclear(code=f"http-{status}")


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 404, 413])
def test_a_gateways_refusal_is_tried_later(status: int) -> None:
    assert answer(b"<html>", status=status) == Refused(cause=Cause.LATER, code=f"http-{status}")


@pytest.mark.parametrize(
    ("header", "retry_at"),
    [
        ("", None),
        ("30", NOW + timedelta(seconds=30)),
        ("99999999999999999999", SOON),
        ("-5", None),
        ("\xa0" * 10 + "30", NOW + timedelta(seconds=30)),
        ("Mon, 23 Nov 2026 02:05:00 GMT", NOW + timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 09:05:00 +0700", NOW + timedelta(minutes=5)),
        ("Mon, 23 Nov 2026 01:00:00 GMT", NOW),
        ("Wed, 23 Nov 2033 01:00:00 GMT", SOON),
        ("Mon, 99 Jan 2026 00:00:00 GMT", None),
        ("soon", None),
    ],
)
def test_too_many_requests_waits_as_long_as_it_is_told(header: str, retry_at: object) -> None:
    found = answer({"error": 0}, status=429, retry_after=header)
    assert found == Refused(cause=Cause.RATE, code="http-429", retry_at=retry_at)  # type: ignore[arg-type] # the table's column


@pytest.mark.parametrize("odd", ["\\ud800", "\\u0000", "\\ud83d"])
def test_what_no_database_takes_is_left_out_of_zalos_words_and_ids(odd: str) -> None:
    refused = read_answer(Channel.PHONE, Reply(status=200, body=f'{{"error":-118,"message":"x{odd}y"}}'.encode()), NOW)
    assert isinstance(refused, Refused)
    assert refused.text in {"x?y", "xy"}
    taken = f'{{"error":0,"data":{{"msg_id":"m{odd}1"}}}}'.encode()
    assert read_answer(Channel.PHONE, Reply(status=200, body=taken), NOW) == Accepted(reference="")


def test_zalos_words_are_kept_but_not_shown() -> None:
    found = answer({"error": -112, "message": "Nguyễn Văn A is invalid" + "x" * 9999})
    assert isinstance(found, Refused)
    assert found.text.startswith("Nguyễn Văn A")
    assert len(found.text) == 500
    assert "Nguyễn" not in repr(found)


@given(
    body=st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "data", "quota"]), inner),
    ).map(lambda content: json.dumps(content).encode()),
    status=st.integers(200, 599),
    channel=st.sampled_from(Channel),
)
def test_no_answer_of_the_wire_raises_and_only_error_zero_is_success(
    body: bytes, status: int, channel: Channel
) -> None:
    found = answer(body, channel, status)
    if isinstance(found, Accepted):
        assert status < 300
        assert read_int(json.loads(body)["error"]) == 0


@given(header=st.text())
def test_no_retry_after_raises_or_reaches_beyond_a_day(header: str) -> None:
    found = read_retry_after(header, NOW)
    assert found is None or NOW <= found <= SOON
