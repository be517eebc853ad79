"""Message templates: their state in the console, and the rules each parameter of a message must meet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from adapter.simulators.zalo.codes import Problem
from adapter.simulators.zalo.fields import with_fields

STATUSES = ("ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE", "DELETE")
TAGS = {1: "TRANSACTION", 2: "CUSTOMER_CARE", 3: "PROMOTION"}
KINDS = ("custom", "authentication", "payment", "voucher", "rating")

_FIRST_UID_DAY = date(2025, 12, 10)  # older templates may not go by uid (zalo.md 2.5)
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DATE = r"(0[1-9]|[12]\d|3[01])/(0[1-9]|1[0-2])/\d{4}"
_FORMATS = {
    "DATE": re.compile(rf"{_TIME}|{_DATE}|(0[1-9]|1[0-2])/\d{{4}}|{_TIME} {_DATE}"),
    "NUMBER": re.compile(r"\d+"),
    "PHONE": re.compile(r"\+?\d{8,14}"),
    "URL": re.compile(r"https?://\S+"),
}
_CODE_TYPES = (int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One row of ``listParams``. Lengths are code points as received: text that is not NFC counts longer.

    ``type`` DATE, NUMBER, PHONE and URL have a form; any other type is free text (STRING).
    """

    name: str
    required: bool = True
    type: str = "STRING"
    max_length: int = 30
    min_length: int = 1
    accept_null: bool = False

    def problem(self, value: object) -> Problem | None:
        """Return what is wrong with ``value``, or None. Numbers may stand only where the type is NUMBER."""
        if value is None:
            return None if self.accept_null else Problem.PARAMETER_VALUE
        if isinstance(value, bool) or not isinstance(value, (str, *_CODE_TYPES)):
            return Problem.PARAMETER_VALUE
        if not isinstance(value, str) and self.type != "NUMBER":
            return Problem.PARAMETER_VALUE
        return self._problem_of_text(str(value))

    def _problem_of_text(self, text: str) -> Problem | None:
        if not text:
            return Problem.PARAMETER_MISSING if self.required else None
        if len(text) > self.max_length:
            return Problem.PARAMETER_LONG
        if len(text) < self.min_length:
            return Problem.PARAMETER_VALUE
        form = _FORMATS.get(self.type)
        return Problem.PARAMETER_FORMAT if form and not form.fullmatch(text) else None


@dataclass(slots=True, kw_only=True)
class Template:
    """A template as the console holds it. ``timeout`` is in milliseconds, prices in dong per delivered message."""

    template_id: str
    name: str = "Thong bao ho so"
    status: str = "ENABLE"
    tag: int = 1
    kind: str = "custom"
    quick_reply: bool = False
    created: str = "2026-01-15"
    params: tuple[Parameter, ...] = ()
    timeout: int = 7_200_000
    price_sdt: int = 200
    price_uid: int = 140
    quality: str = "HIGH"
    permitted: bool = True
    daily_quota: int | None = None
    used_today: int = 0

    def __post_init__(self) -> None:
        if not self.template_id.isdigit():
            raise ValueError("template_id must be digits: Zalo's listing gives it as a number")
        if self.status not in STATUSES or self.tag not in TAGS or self.kind not in KINDS:
            raise ValueError(f"template {self.template_id}: unknown status, tag or kind")
        date.fromisoformat(self.created)

    def problem_by_uid(self) -> Problem | None:
        """Return why this template may not go by user id, or None (zalo.md 2.5)."""
        young = date.fromisoformat(self.created) >= _FIRST_UID_DAY
        eligible = young and self.kind != "authentication" and not self.quick_reply
        return None if eligible else Problem.TEMPLATE_NOT_BY_UID

    def problem_of_data(self, data: object, *, refuse_extra: bool) -> Problem | None:
        """Return the first thing wrong with ``template_data``, in the order of the parameters, or None."""
        if not isinstance(data, dict) or not data:
            return Problem.DATA_EMPTY
        for parameter in self.params:
            if parameter.name not in data:
                if parameter.required:
                    return Problem.PARAMETER_MISSING
            elif problem := parameter.problem(data[parameter.name]):
                return problem
        extra = refuse_extra and not data.keys() <= {parameter.name for parameter in self.params}
        return Problem.PARAMETER_EXTRA if extra else None


def template_from(changes: Mapping[str, object], old: Template | None = None) -> Template:
    """Return a template from JSON, or ``old`` with the named fields changed. ``params`` is a list of objects.

    Raises:
        ValueError: no template_id, a new template without ``params``, an unknown field or a wrong value.
    """
    ready = dict(changes)
    identity = ready.get("template_id")
    if not isinstance(identity, str):
        raise ValueError("template_id must be text")  # noqa: TRY004 - one error for all bad JSON
    if old is None and "params" not in ready:
        raise ValueError(f"template {identity} lacks params: a real one always lists them")
    if "params" in ready:
        ready["params"] = _parameters(ready["params"])
    return with_fields(old or Template(template_id=identity), ready)


def _parameters(rows: object) -> tuple[Parameter, ...]:
    if not isinstance(rows, (list, tuple)):
        raise ValueError("params must be a list")  # noqa: TRY004 - one error for all bad JSON
    blank = Parameter(name="")
    return tuple(with_fields(blank, row) for row in rows)
