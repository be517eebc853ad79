"""Where the sources conflict or reality varies, a knob: the client must pass in every position (zalo.md 12)."""

from dataclasses import dataclass

NIGHTS = {"off": (0, 0), "22-06": (22, 6), "22-07": (22, 7)}
"""Night policy -> first closed hour and first open hour, Vietnam time."""

_CHOICES: dict[str, tuple[object, ...]] = {
    "uid_shape": ("nested", "top"),
    "uid_template_codes": ("zbs", "oa"),
    "stale_token_code": (-220, -216),
    "no_money_code": (-137, -115),
    "failure_data": ("null", "absent", "empty"),
    "token_error_shape": ("http200_name", "http200_numeric", "http400"),
    "night_tag1": tuple(NIGHTS),
    "night_tag2": tuple(NIGHTS),
    "night_tag3": tuple(NIGHTS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """Standing settings of the simulated platform. Times are seconds; rates are probabilities 0..1.

    ``close_after_rate`` and ``error_rate`` touch only the two sending paths: the token endpoint
    is spared, because one lost rotation ends a run for good (use a fault for that).
    """

    oa_per_minute: int = 4000
    """Calls a minute and app on the OA host; 0 lifts the limit."""
    zbs_per_minute: int = 0
    """ZBS publishes no figure; its bucket is its own and off (0) until asked for."""
    delivery_delay: float = 2.0
    unknown_phones_have_zalo: bool = True
    grace_seconds: float = 0.0
    """How long an access token outlives its successor's birth."""
    stale_token_code: int = -220
    no_money_code: int = -137
    uid_shape: str = "nested"
    """``nested``: sent_time inside data; ``top``: beside it (zalo.md 2.5 records both)."""
    uid_template_codes: str = "zbs"
    """Which table template troubles follow over uid: nobody has recorded it."""
    failure_data: str = "null"
    token_error_shape: str = "http200_name"  # noqa: S105 - a shape, not a secret
    night_tag1: str = "off"
    night_tag2: str = "22-07"
    night_tag3: str = "22-07"
    refuse_extra_parameters: bool = True
    """Unknown in reality; strict unless told otherwise."""
    latency: float = 0.0
    """Half of it passes before acceptance, half after, so that a client killed in between is ambiguous."""
    error_rate: float = 0.0
    close_after_rate: float = 0.0
    seed: int = 1
    """Setting any rate or the seed starts the drawn series afresh."""

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {allowed}")
        for name in ("error_rate", "close_after_rate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in 0..1")
        for name in ("latency", "delivery_delay", "grace_seconds", "oa_per_minute", "zbs_per_minute"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
