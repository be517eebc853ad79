"""The reading endpoints: delivery status, quota, templates, and a few of the OA's own (zalo.md 3.1, 3.2, 6)."""

from datetime import UTC, datetime

from adapter.simulators.zalo import checks
from adapter.simulators.zalo.clock import epoch, milliseconds
from adapter.simulators.zalo.codes import Family, Problem, RefusedError
from adapter.simulators.zalo.exchange import Answer, Request, json_object, success
from adapter.simulators.zalo.state import State
from adapter.simulators.zalo.templates import STATUSES, TAGS, Parameter, Template

MAX_PAGE = 100


def message_status(state: State, request: Request, remaining: int | None) -> Answer:
    """-1 unknown, 0 not on the phone (or dropped after its timeout: it stays 0), 1 delivered."""
    _opened(state, request, Family.ZBS, remaining)
    message_id = request.argument("message_id")
    if not message_id:
        raise RefusedError(Problem.MESSAGE_ID)
    # The "numeric ids" fault hands out the same id as a number: it must be found again.
    known = state.journal.by_message_id
    entry = known.get(message_id) or (known.get(f"{int(message_id):020x}") if message_id.isdecimal() else None)
    if entry is None or entry.channel != "phone":
        return success({"delivery_time": None, "message": "Message not found", "status": -1})
    arrived = entry.delivered_at
    if arrived is None or arrived > state.clock.now():
        return success({"delivery_time": None, "message": "The message has not reached the phone", "status": 0})
    text = "The message was delivered to the user's phone"
    return success({"delivery_time": milliseconds(arrived), "message": text, "status": 1})


def message_quota(state: State, request: Request, remaining: int | None) -> Answer:
    """Return the day's quota; members are null where they do not apply."""
    _opened(state, request, Family.ZBS, remaining)
    state.roll_day()
    quota = state.account.daily_quota
    names = ("dailyQuotaPromotion", "remainingQuotaPromotion", "monthlyPromotionQuota")
    more = ("remainingMonthlyPromotionQuota", "estimatedNextMonthPromotionQuota")
    return success(
        {
            "dailyQuota": None if quota is None else str(quota),
            "remainingQuota": None if quota is None else str(max(0, quota - state.account.used_today)),
            **dict.fromkeys((*names, *more)),
        }
    )


def template_detail(state: State, request: Request, remaining: int | None) -> Answer:
    """Return one template with its parameters, limits and prices; any status may be looked at."""
    _opened(state, request, Family.ZBS, remaining)
    template = state.templates.get(request.argument("template_id") or "")
    if template is None or template.status == "DELETE":
        raise RefusedError(Problem.TEMPLATE_UNKNOWN)
    return success(
        {
            "templateId": int(template.template_id),
            "templateName": template.name,
            "status": template.status,
            "listParams": [_parameter(parameter) for parameter in template.params],
            "listButtons": [],
            "timeout": template.timeout,
            "previewUrl": f"https://zbs.zalo.me/preview/{template.template_id}",
            "templateQuality": template.quality,
            "templateTag": TAGS[template.tag],
            "price": str(template.price_sdt),
            "price_sdt": str(template.price_sdt),
            "price_uid": str(template.price_uid),
        }
    )


def template_list(state: State, request: Request, remaining: int | None) -> Answer:
    """Return a page of templates; ``limit`` at most 100, ``status`` 1..4 as in zalo.md 3.1."""
    _opened(state, request, Family.ZBS, remaining)
    offset, limit = _number(request, "offset"), _number(request, "limit")
    if offset is None or not limit or limit > MAX_PAGE:
        raise RefusedError(Problem.PARAMETER_EXTRA)
    wanted = _number(request, "status")
    listed = [
        template
        for template in state.templates.values()
        if template.status != "DELETE" and (not wanted or template.status == STATUSES[(wanted - 1) % 4])
    ]
    rows = [_row(template) for template in listed[offset : offset + limit]]
    return success(rows, metadata={"total": len(listed)})


def oa_profile(state: State, request: Request, remaining: int | None) -> Answer:
    """GET /v2.0/oa/getoa: the health probe."""
    _opened(state, request, Family.OA, remaining)
    followers = sum(user.follows for user in state.users)
    account = state.account
    return success(
        {
            "oa_id": account.oa_id,
            "name": "Một cửa (giả lập)",
            "is_verified": account.verified,
            "oa_type": 4,
            "num_follower": followers,
            "package_name": "Nâng cao" if account.paid_tier else "Cơ bản",
            "linked_ZCA": account.zbs_linked,
        }
    )


def user_detail(state: State, request: Request, remaining: int | None) -> Answer:
    """GET /v3.0/oa/user/detail?data={"user_id"}: -213 for a user without relation."""
    _opened(state, request, Family.OA, remaining)
    uid = checks.recipient_of(json_object(request.argument("data") or "") or {}, Family.OA)
    user = state.users.by_uid.get(uid)
    if user is None or not (user.follows or user.last_interaction):
        raise RefusedError(Problem.NO_RELATION)
    last = datetime.fromtimestamp(user.last_interaction, UTC).strftime("%d/%m/%Y") if user.last_interaction else ""
    return success(
        {
            "user_id": uid,
            "display_name": "Người dùng Zalo",
            "user_is_follower": user.follows,
            "user_last_interaction_date": last,
        }
    )


def _opened(state: State, request: Request, family: Family, remaining: int | None) -> None:
    checks.require_token(state, request.headers)
    checks.require_standing(state, family)
    checks.require_rate(remaining)


def _number(request: Request, name: str) -> int | None:
    text = request.argument(name)
    return int(text) if text and text.isdecimal() else None


def _parameter(parameter: Parameter) -> dict[str, object]:
    return {
        "name": parameter.name,
        "require": parameter.required,
        "type": parameter.type,
        "maxLength": parameter.max_length,
        "minLength": parameter.min_length,
        "acceptNull": parameter.accept_null,
    }


def _row(template: Template) -> dict[str, object]:
    return {
        "templateId": int(template.template_id),
        "templateName": template.name,
        "createdTime": int(epoch(f"{template.created}T00:00:00+07:00") * 1000),
        "status": template.status,
        "templateQuality": template.quality,
    }
