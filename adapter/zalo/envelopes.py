"""From a delivery to the request that carries it, for each channel. Sends nothing."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapter.model import Channel, Delivery, Phone, Route, Uid
from adapter.zalo.settings import Bases, Zalo

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A request ready to go: where, and the JSON body, which is personal."""

    url: str
    body: bytes = field(repr=False)


def envelope_of(delivery: Delivery, bases: Bases) -> Envelope:
    """The request of this attempt. Raises ValueError when the address is not the channel's kind."""
    route = delivery.route
    match route.channel, route.address:
        case Channel.PHONE, Phone(value=phone):
            # tracking_id is no idempotency key: the same one twice sends, and bills, twice (zalo.md 3.2).
            who = {"phone": phone, "tracking_id": delivery.tracking_id}
            return _envelope(f"{bases.business}/message/template", who, route)
        case Channel.UID, Uid(value=uid):
            # Flat, and no tracking_id: the channel knows none (zalo.md 2.5).
            return _envelope(f"{bases.openapi}/v3.0/oa/message/template", {"user_id": uid}, route)
    raise ValueError(f"the address is of another kind than channel {route.channel} needs")


def headers_of(settings: Zalo, token: str) -> Mapping[str, str]:
    """The headers of every call with a token; the token travels bare, not as ``Bearer`` (zalo.md 0.2, 1.5)."""
    headers = {"access_token": token, "content-type": "application/json"}
    if settings.proof:
        headers["appsecret_proof"] = appsecret_proof(settings.app_secret, token)
    return headers


def appsecret_proof(secret: str, token: str) -> str:
    """Lower-case hex HMAC-SHA256 of the access token under the app secret (zalo.md 1.5)."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def _envelope(url: str, who: Mapping[str, str], route: Route) -> Envelope:
    # Every value is text, numbers too: that is always allowed, and no digit is lost on the way (zalo.md 0.2, 3.2).
    content = {**who, "template_id": route.template_id, "template_data": dict(route.params)}
    return Envelope(url=url, body=_COMPACT.encode(content).encode())
