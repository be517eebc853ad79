"""What Zalo says of our account and templates, for ``motcua doctor``: reads only, sends nothing to anybody.

A template's detail names its parameters, their limits and its prices; a difference from ``templates.yaml`` would refuse
every message made with it (zalo.md 3.1). Every answer carries Zalo's code, or the class of the fault, never its text.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from adapter.model import Channel, Rulebook, ZbsTemplate
from adapter.zalo.answers import read_int, read_object
from adapter.zalo.envelopes import headers_of
from adapter.zalo.settings import Zalo
from adapter.zalo.wire import FAULTS, Wire, fault_name

T = TypeVar("T")

GOOD: Final = "0"
ENABLED: Final = "ENABLE"
AT_ONCE: Final = 4
"""Questions on the wire at the same time: enough to be quick, too few to be in the way of messages."""

_LONGEST: Final = 100
"""Characters of a word of Zalo's that are shown."""

_OA: Final = "/v2.0/oa/getoa"
_QUOTA: Final = "/message/quota"
_TEMPLATE: Final = "/template/info/v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The OA and what is left of its day. ``code``: ``0``, else Zalo's code or the class of the fault."""

    oa_code: str
    zbs_code: str
    verified: bool | None = None
    daily: int | None = None  #: phone messages a day; None: no limit named
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One of our templates beside what Zalo approved. ``code`` as in ``Account``; the rest speaks where it is 0."""

    name: str  #: our name of it
    channels: tuple[Channel, ...]
    template_id: str
    code: str
    status: str = ""
    lacking: tuple[str, ...] = ()  #: required by Zalo, not given by us
    extra: tuple[str, ...] = ()  #: given by us, unknown to Zalo
    longer: tuple[str, ...] = ()  #: we allow more characters than Zalo does
    price: str = ""  #: dong for a message to a phone
    price_uid: str = ""  #: dong for a message to a linked user

    @property
    def fits(self) -> bool:
        """Whether messages made with it would be taken."""
        return self.code == GOOD and self.status == ENABLED and not (self.lacking or self.extra or self.longer)


class Inspector:
    """Asks with the access token it is given. Takes as long as Zalo's timeouts allow. Raises ConfigError."""

    def __init__(self, settings: Zalo, token: str) -> None:
        self._settings = settings
        self._headers = headers_of(settings, token)

    def account(self) -> Account:
        """Reachable and authorised at both hosts, and what is left of the day."""
        return asyncio.run(self._within(self._account))

    def templates(self, rulebook: Rulebook) -> list[Seen]:
        """Every ZBS template of a mapping set, each id asked for once, in the order of our names."""
        wanted = list(_by_id(rulebook).items())

        async def ask(wire: Wire) -> list[Seen]:
            turns = asyncio.Semaphore(AT_ONCE)

            async def one(key: tuple[str, str], channels: Mapping[Channel, ZbsTemplate]) -> Seen:
                async with turns:
                    return await self._template(wire, key, channels)

            return list(await asyncio.gather(*(one(key, channels) for key, channels in wanted)))

        return asyncio.run(self._within(ask))

    async def _within(self, ask: Callable[[Wire], Awaitable[T]]) -> T:
        wire = Wire(self._settings)
        try:
            return await ask(wire)
        finally:
            await wire.close()

    async def _account(self, wire: Wire) -> Account:
        bases = self._settings.bases
        oa_code, oa = await self._ask(wire, bases.openapi + _OA, {})
        zbs_code, quota = await self._ask(wire, bases.business + _QUOTA, {})
        return Account(
            oa_code=oa_code,
            zbs_code=zbs_code,
            verified=oa.get("is_verified") if isinstance(oa.get("is_verified"), bool) else None,
            daily=read_int(quota.get("dailyQuota")),
            left=read_int(quota.get("remainingQuota")),
        )

    async def _template(self, wire: Wire, key: tuple[str, str], channels: Mapping[Channel, ZbsTemplate]) -> Seen:
        name, template_id = key
        code, detail = await self._ask(wire, self._settings.bases.business + _TEMPLATE, {"template_id": template_id})
        seen = Seen(name=name, channels=tuple(channels), template_id=template_id, code=code)
        return seen if code != GOOD else _compared(seen, tuple(channels.values()), detail)

    async def _ask(self, wire: Wire, url: str, params: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
        try:
            reply = await wire.get(url, params, self._headers)
        except FAULTS as fault:
            return fault_name(fault), {}
        envelope = read_object(reply.body)
        code, data = read_int(envelope.get("error")), envelope.get("data")
        if code is None:
            return f"http-{reply.status}", {}
        return str(code), data if isinstance(data, dict) else {}


def _by_id(rulebook: Rulebook) -> dict[tuple[str, str], dict[Channel, ZbsTemplate]]:
    found: dict[tuple[str, str], dict[Channel, ZbsTemplate]] = {}
    for name, template in sorted(rulebook.templates.items()):
        for channel, zbs in template.zbs.items():
            found.setdefault((name, zbs.template_id), {})[channel] = zbs
    return found


def _compared(seen: Seen, ours: Sequence[ZbsTemplate], detail: Mapping[str, Any]) -> Seen:
    listed = detail.get("listParams")
    theirs = (
        {_word(row.get("name")): row for row in listed if isinstance(row, dict)} if isinstance(listed, list) else {}
    )
    lengths = {param.name: param.max_length for zbs in ours for param in zbs.params}
    limits = {name: read_int(row.get("maxLength")) for name, row in theirs.items()}
    return Seen(
        name=seen.name,
        channels=seen.channels,
        template_id=seen.template_id,
        code=seen.code,
        status=_word(detail.get("status")),
        lacking=tuple(sorted(n for n, row in theirs.items() if row.get("require") is not False and n not in lengths)),
        extra=tuple(sorted(lengths.keys() - theirs.keys())),
        longer=tuple(sorted(n for n, most in limits.items() if most is not None and lengths.get(n, 0) > most)),
        price=_word(detail.get("price_sdt") or detail.get("price")),
        price_uid=_word(detail.get("price_uid")),
    )


def _word(value: object) -> str:
    """A word of Zalo's for a person to read; empty for none."""
    return "" if value is None else str(value)[:_LONGEST]
