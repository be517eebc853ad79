"""From an HTTP answer to what it means for a message. Looks at ``error``, not at the HTTP status (zalo.md 0.2)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from adapter.model import Accepted, Answer, Cause, Channel, Refused, Unclear
from adapter.zalo.codes import OA, ZBS, meaning

_TOO_MANY = 429
_REDIRECTS = 300
_CLIENT_ERRORS = 400
_SERVER_ERRORS = 500
_INVALID_PARAMETER = -201
_LONGEST_TEXT = 500
_LONGEST_ID = 100
_TOO_LARGE = 2**63
_LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back over HTTP. ``retry_after`` and ``dated`` are the headers as they stand, where they are of use."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str = ""
    dated: str = ""


def read_answer(channel: Channel, reply: Reply, now: datetime) -> Answer:
    """What a reply to a sent message means.

    A reply that says nothing usable is ``Unclear`` when the message may have been accepted (2xx, 5xx), and a refusal
    when a gateway turned the request away (3xx, 4xx).
    """
    if reply.status == _TOO_MANY:
        return Refused(cause=Cause.RATE, code="http-429", retry_at=read_retry_after(reply.retry_after, now))
    envelope = read_object(reply.body)
    code = read_int(envelope.get("error"))
    if code == 0 and reply.status < _REDIRECTS:
        return _accepted(channel, envelope)
    if code and (reply.status < _SERVER_ERRORS or code in OA or code in ZBS):
        return _refused(channel, code, read_text(envelope.get("message")), now)
    if _REDIRECTS <= reply.status < _SERVER_ERRORS and code is None:
        return Refused(cause=Cause.LATER, code=f"http-{reply.status}")
    return Unclear(code=f"http-{reply.status}" if reply.status >= _REDIRECTS else "unreadable")


def read_object(body: bytes) -> Mapping[str, Any]:
    """A JSON object, or an empty one for anything else; nothing that may come over the wire raises."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_int(value: object) -> int | None:
    """A whole number of at most 63 bits written as number or text, or None; Zalo writes either (zalo.md 0.2)."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = int(value)
    except ValueError:
        return None
    return number if abs(number) < _TOO_LARGE else None


def read_id(value: object) -> str:
    """An id as text: ids are numbers beyond 2^53 and come as text or as a number; empty when it cannot be an id."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= _LONGEST_ID and text.isascii() and text.isprintable() else ""


def read_text(value: object) -> str:
    """Words for people, as short as we keep them, without what no database takes: half an emoji, a NUL."""
    text = str(value or "")[:_LONGEST_TEXT].replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def read_retry_after(value: str, now: datetime) -> datetime | None:
    """``Retry-After`` in seconds or as an HTTP date (RFC 9110 10.2.3), at most a day ahead; None when unreadable."""
    latest = now + _LONGEST_WAIT
    if (digits := value.strip()).isdecimal():
        seconds = min(int(digits[:10]), int(_LONGEST_WAIT.total_seconds()))
        return now + timedelta(seconds=seconds)
    at = read_date(value)
    return None if at is None else min(max(at, now), latest)


def read_date(value: str) -> datetime | None:
    """An HTTP date (RFC 9110 5.6.7), aware UTC; None for anything else."""
    try:
        at = parsedate_to_datetime(value)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _accepted(channel: Channel, envelope: Mapping[str, Any]) -> Accepted:
    # error 0 without data still says "accepted": to call it unclear would tell the citizen a second time. Without a
    # reference nobody can ask whether it arrived, and that is all that is lost.
    data = envelope.get("data")
    data = data if isinstance(data, dict) else {}
    quota = data.get("quota")
    quota = quota if isinstance(quota, dict) else {}
    own = "msg_id" if channel is Channel.PHONE else "message_id"
    reference = read_id(data.get(own)) or read_id(data.get("message_id")) or read_id(data.get("msg_id"))
    left = quota.get("remainingQuota") if channel is Channel.PHONE else quota.get("remain")
    return Accepted(reference=reference, quota_left=read_int(left))


def _refused(channel: Channel, code: int, text: str, now: datetime) -> Refused:
    found = meaning(channel, code)
    cause, patience = found.cause, found.patience
    if code == _INVALID_PARAMETER and "user_id" in text:
        # The one text we look at: -201 is also seen for a bad user id, which is no fault of the template (zalo.md 4.1).
        cause = Cause.PERSON
    retry_at = None if patience is None else now + patience
    return Refused(cause=cause, code=str(code), retry_at=retry_at, text=text)
