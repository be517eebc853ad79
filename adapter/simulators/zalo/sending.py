"""The two sending endpoints: by phone on the ZBS host, by user id on the OA host. Neither is idempotent."""

import hashlib
from typing import Any

from adapter.simulators.zalo import checks
from adapter.simulators.zalo.accounts import User
from adapter.simulators.zalo.clock import milliseconds
from adapter.simulators.zalo.codes import Family, Problem, RefusedError
from adapter.simulators.zalo.exchange import Answer, Request, success
from adapter.simulators.zalo.journal import Entry
from adapter.simulators.zalo.state import State
from adapter.simulators.zalo.templates import Template


def send_by_phone(state: State, request: Request, remaining: int | None) -> Answer:
    """POST /message/template (zalo.md 3.2). ``mode`` development goes to administrators only, free of quota."""
    body = _opened(state, request, Family.ZBS, remaining)
    template = checks.template_of(state, body.get("template_id"), Family.ZBS)
    phone = checks.recipient_of(body, Family.ZBS)
    tracking_id = checks.require_tracking(body)
    development = body.get("mode") == "development"
    if development:
        _require_administrator(state, phone)
    price = 0 if development else template.price_sdt
    _require_sendable(state, template, body, price)
    user = checks.phone_owner(state, phone, template.tag)
    entry = _accepted(state, template, body, phone=phone, tracking_id=tracking_id, development=development, price=price)
    _post(state, entry, user)
    return _phone_answer(state, entry)


def send_by_uid(state: State, request: Request, remaining: int | None) -> Answer:
    """POST /v3.0/oa/message/template (zalo.md 2.5): flat body, no tracking_id; one is ignored if given."""
    body = _opened(state, request, Family.OA, remaining)
    template = checks.template_of(state, body.get("template_id"), Family.OA)
    uid = checks.recipient_of(body, Family.OA)
    _require_sendable(state, template, body, template.price_uid)
    user = checks.uid_owner(state, uid, template.tag)
    entry = _accepted(state, template, body, uid=uid, price=template.price_uid)
    _post(state, entry, user)
    return _uid_answer(state, entry)


def _opened(state: State, request: Request, family: Family, remaining: int | None) -> dict[str, Any]:
    body = request.json() if request.of_type("application/json") else None
    if body is None:
        raise RefusedError(Problem.MALFORMED)
    checks.require_token(state, request.headers)
    checks.require_standing(state, family)
    checks.require_wallet(state)
    checks.require_rate(remaining)
    return body


def _require_administrator(state: State, phone: str) -> None:
    user = state.users.by_phone.get(phone)
    if user is None or not user.administrator:
        raise RefusedError(Problem.ADMINS_ONLY)


def _require_sendable(state: State, template: Template, body: dict[str, Any], price: int) -> None:
    checks.require_data(state, template, body.get("template_data"))
    checks.require_hours(state, template)
    checks.require_means(state, template, price)


def _accepted(
    state: State,
    template: Template,
    body: dict[str, Any],
    *,
    price: int,
    phone: str | None = None,
    uid: str | None = None,
    tracking_id: str | None = None,
    development: bool = False,
) -> Entry:
    number = len(state.journal.entries) + 1
    return Entry(
        n=number,
        at=state.clock.now(),
        channel="phone" if phone else "uid",
        recipient=phone or uid or "",
        template_id=template.template_id,
        template_data=body["template_data"],
        tracking_id=tracking_id,
        message_id=_message_id(state, number),
        development=development,
        timeout=template.timeout / 1000,
        price=price,
    )


def _message_id(state: State, number: int) -> str:
    """Return 20 hex digits, as in Zalo's samples; no two runs of the simulator share one."""
    seed = f"{state.run}:{number}".encode()
    return hashlib.blake2b(seed, digest_size=10).hexdigest()


def _post(state: State, entry: Entry, user: User | None) -> None:
    if not entry.development:
        state.account.used_today += 1
        state.templates[entry.template_id].used_today += 1
    if user is None or not user.offline:
        state.deliver(entry, entry.at)
    state.journal.accept(entry)


def _phone_answer(state: State, entry: Entry) -> Answer:
    quota, used = state.account.daily_quota, state.account.used_today
    answer = success(
        {
            "msg_id": entry.message_id,
            "sent_time": milliseconds(entry.at),
            "sending_mode": "1",
            "quota": {
                "dailyQuota": None if quota is None else str(quota),
                "remainingQuota": None if quota is None else str(quota - used),
            },
        }
    )
    answer.entry = entry
    return answer


def _uid_answer(state: State, entry: Entry) -> Answer:
    sent_time = milliseconds(entry.at)
    data: dict[str, object] = {"message_id": entry.message_id, "user_id": entry.recipient}
    if state.knobs.uid_shape == "top":
        quota = {"quota_type": "purchase_quota", "owner_type": "OA", "owner_id": state.account.oa_id}
        answer = success({**data, "quota": quota}, sent_time=sent_time)
    else:
        remain = "" if state.account.daily_quota is None else str(state.account.daily_quota - state.account.used_today)
        quota = {"quota_type": "purchase_quota", "remain": remain}
        answer = success({**data, "sent_time": sent_time, "quota": quota})
    answer.entry = entry
    return answer
