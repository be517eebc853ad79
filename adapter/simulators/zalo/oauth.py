"""The token endpoint: refresh only, single use, with its own error shapes (zalo.md 1.3, 1.4, 12.5)."""

from urllib.parse import parse_qs

from adapter.simulators.zalo.exchange import Answer, Request, rendered
from adapter.simulators.zalo.state import State
from adapter.simulators.zalo.tokens import ACCESS_SECONDS

INVALID_APP = -14002
# No source records the codes below; they are remembered or invented, and nobody may depend on them (zalo.md 1.4, 12.5).
INVALID_SECRET = -14004
INVALID_GRANT = -14013
INVALID_REFRESH = -14014

_NAMES = {
    INVALID_APP: "Invalid app id.",
    INVALID_SECRET: "Invalid secret key.",
    INVALID_GRANT: "Invalid grant type.",
    INVALID_REFRESH: "Invalid refresh token.",
}


def exchange_token(state: State, request: Request) -> Answer:
    """Spend a refresh token for a new pair, or answer an OAuth-like error in the shape of the knob."""
    code = _problem(state, request)
    pair = None if code else state.tokens.refresh(_form(request, "refresh_token"), state.clock.now())
    if pair is None:
        return token_error(state, request, code or INVALID_REFRESH, state.knobs.token_error_shape)
    body = {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "expires_in": str(ACCESS_SECONDS),
    }
    return Answer(rendered(body))


def token_error(state: State, request: Request, code: int, shape: str) -> Answer:
    """Write the refusal down and return it in one of three shapes; all have been seen or are feared."""
    state.refuse(request, code)
    name = _NAMES.get(code, "Unknown error.")
    body: dict[str, object] = {
        "error_name": name,
        "error_reason": name,
        "error_description": name,
        "ref_doc": "https://developers.zalo.me/docs/api/official-account-api",
    }
    if shape != "http200_name":
        body["error"] = code
    return Answer(rendered(body), status=400 if shape == "http400" else 200)


def _problem(state: State, request: Request) -> int | None:
    if _form(request, "app_id") != state.app.app_id or not state.app.active:
        return INVALID_APP
    if request.headers.get("secret_key") != state.app.app_secret:
        return INVALID_SECRET
    return None if _form(request, "grant_type") == "refresh_token" else INVALID_GRANT


def _form(request: Request, name: str) -> str:
    """A field of the form; of a body that says it is something else, none."""
    if not request.of_type("application/x-www-form-urlencoded"):
        return ""
    return parse_qs(request.body.decode(errors="replace")).get(name, [""])[0]
