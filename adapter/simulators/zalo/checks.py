"""The checks of a call, in the order of reference/zalo.md 12.2: each raises RefusedError or lets the call pass."""

import hashlib
import hmac
import re
from typing import Any

from adapter.simulators.zalo.accounts import User
from adapter.simulators.zalo.clock import vietnam_hour
from adapter.simulators.zalo.codes import Family, Problem, RefusedError
from adapter.simulators.zalo.exchange import Headers
from adapter.simulators.zalo.knobs import NIGHTS
from adapter.simulators.zalo.state import State
from adapter.simulators.zalo.templates import Template

MAX_TRACKING_ID = 48
_MOBILE = re.compile(r"84(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}", re.ASCII)
"""The prefixes that exist (onestop.md 8.1)."""

_UID = re.compile(r"\d{5,25}")


def proof(app_secret: str, access_token: str) -> str:
    """Return the appsecret_proof: lower-case hex HMAC-SHA256 of the token, keyed with the app secret (zalo.md 1.5)."""
    return hmac.digest(app_secret.encode(), access_token.encode(), hashlib.sha256).hex()


def require_token(state: State, headers: Headers) -> None:
    """Steps 2 and 3: a living access token and, where the app asks for it, its proof."""
    token = headers.get("access_token")
    _refuse(state.tokens.problem(token, state.clock.now(), state.knobs.grace_seconds))
    if state.app.proof_required:
        given = headers.get("appsecret_proof") or ""
        expected = proof(state.app.app_secret, token or "")
        _refuse(None if hmac.compare_digest(given.encode(), expected.encode()) else Problem.PROOF)


def require_standing(state: State, family: Family) -> None:
    """Steps 4 to 6: the app, its link to the OA, and the OA itself. A ZBS block does not stop OA reads."""
    app, account = state.app, state.account
    _refuse(None if app.active else Problem.APP_INACTIVE)
    _refuse(None if app.registered else Problem.APP_UNREGISTERED)
    _refuse(None if account.linked else Problem.NOT_LINKED)
    _refuse(None if account.granted else Problem.NOT_GRANTED)
    _refuse(None if account.verified else Problem.UNVERIFIED)
    _refuse(None if account.paid_tier else Problem.PACKAGE)
    if family is Family.ZBS:
        _refuse(Problem.OA_BLOCKED if account.blocked else None)


def require_wallet(state: State) -> None:
    """Step 6, templates only: a ZBS account stands behind the OA."""
    _refuse(None if state.account.zbs_linked else Problem.NO_WALLET)


def require_rate(remaining: int | None) -> None:
    """Step 7: the minute's bucket is not empty."""
    _refuse(Problem.RATE if remaining is not None and remaining < 0 else None)


def template_of(state: State, template_id: object, family: Family) -> Template:
    """Step 8: the template exists, is ours, is approved, and may go this way."""
    template = state.templates.get(template_id) if isinstance(template_id, str) else None
    if template is None or template.status == "DELETE":
        raise RefusedError(Problem.TEMPLATE_UNKNOWN)
    _refuse(None if template.permitted else Problem.TEMPLATE_FORBIDDEN)
    _refuse(Problem.TEMPLATE_DISABLED if template.status == "DISABLE" else None)
    _refuse(None if template.status == "ENABLE" else Problem.TEMPLATE_UNAPPROVED)
    _refuse(template.problem_by_uid() if family is Family.OA else None)
    return template


def recipient_of(body: dict[str, Any], family: Family) -> str:
    """Step 9: the phone is a Vietnamese mobile as 84xxxxxxxxx, or the uid is digits as text.

    Zalo is said to take 0… and +84… as well; relying on that is what we do not want to be kind to.
    """
    recipient = body.get("phone" if family is Family.ZBS else "user_id")
    form = _MOBILE if family is Family.ZBS else _UID
    if not isinstance(recipient, str) or not form.fullmatch(recipient):
        raise RefusedError(Problem.RECIPIENT_SYNTAX)
    return recipient


def require_tracking(body: dict[str, Any]) -> str:
    """Step 9, phone only: tracking_id is there and at most 48 long. It suppresses no duplicate."""
    tracking = body.get("tracking_id")
    if not isinstance(tracking, str) or not 0 < len(tracking) <= MAX_TRACKING_ID:
        raise RefusedError(Problem.TRACKING)
    return tracking


def require_data(state: State, template: Template, data: object) -> None:
    """Step 10: every parameter as the template lists it."""
    _refuse(template.problem_of_data(data, refuse_extra=state.knobs.refuse_extra_parameters))


def require_hours(state: State, template: Template) -> None:
    """Step 11: not at night, by the policy of the template's tag."""
    closes, opens = NIGHTS[getattr(state.knobs, f"night_tag{template.tag}")]
    hour = vietnam_hour(state.clock.now())
    _refuse(Problem.NIGHT if closes and (hour >= closes or hour < opens) else None)


def require_means(state: State, template: Template, price: int) -> None:
    """Step 12: money, the OA's quota of the day, the template's quota of the day."""
    state.roll_day()
    account = state.account
    _refuse(Problem.NO_MONEY if account.balance < price else None)
    _refuse(Problem.DAILY_QUOTA if _spent(account.daily_quota, account.used_today) else None)
    _refuse(Problem.TEMPLATE_QUOTA if _spent(template.daily_quota, template.used_today) else None)


def phone_owner(state: State, phone: str, tag: int) -> User | None:
    """Step 13, phone: the number has Zalo and its owner takes this message; None for an unlisted number."""
    user = state.users.by_phone.get(phone)
    if user is None:
        _refuse(None if state.knobs.unknown_phones_have_zalo else Problem.NO_ACCOUNT)
        return None
    _refuse(None if user.has_zalo else Problem.NO_ACCOUNT)
    _refuse(None if user.can_receive else Problem.CANNOT_RECEIVE)
    _require_willing(user, tag)
    return user


def uid_owner(state: State, uid: str, tag: int) -> User:
    """Step 13, uid: the user follows or has once interacted, and takes this message."""
    user = state.users.by_uid.get(uid)
    if user is None or not (user.follows or user.last_interaction):
        raise RefusedError(Problem.NO_RELATION)
    _refuse(None if user.can_receive else Problem.CANNOT_RECEIVE)
    _require_willing(user, tag)
    return user


def _require_willing(user: User, tag: int) -> None:
    _refuse(None if user.active else Problem.INACTIVE)
    _refuse(Problem.REFUSES_KIND if tag in user.refuses else None)
    _refuse(Problem.REFUSES_OA if user.blocked else None)


def _spent(quota: int | None, used: int) -> bool:
    return quota is not None and used >= quota


def _refuse(problem: Problem | None) -> None:
    if problem is not None:
        raise RefusedError(problem)
