"""A seeded day in the life of the province: the same arguments always tell the same story."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final

from adapter.simulators.onestop import people, places, plots
from adapter.simulators.onestop.happenings import After, Happening

SPAN_SECONDS: Final = 9 * 3600
"""Story time in which new dossiers are filed: the hours between opening and closing. Their lives may run past it."""

_SHARED_PHONE_DOSSIERS: Final = 300
_DAY: Final = 86_400


class _Cast:
    """Draws who files where, and numbers the dossiers of each office from `first_serial`."""

    def __init__(self, chance: random.Random, day: date, first_serial: int) -> None:
        self.chance = chance
        self._day = f"{day:%y%m%d}"
        self._first = first_serial
        self._filed: Counter[str] = Counter()

    def office(self) -> places.Office:
        level = self.chance.choices((places.COMMUNES, places.DISTRICT_CENTRES, (places.PROVINCE_CENTRE,)), (70, 20, 10))
        return self.chance.choice(level[0])

    def code(self, office: places.Office) -> str:
        serial = self._first + self._filed[office.code]
        self._filed[office.code] += 1
        return f"{office.code}-{self._day}-{serial:04d}"

    def values(self, office: places.Office, plot: plots.Plot) -> dict[str, str | After]:
        owner = people.draw(self.chance)
        return {
            "MaTTHC": plot.procedure.code,
            "TenTTHC": plot.procedure.name,
            "MaDonVi": office.code,
            "DonViXuLy": office.name,
            "ChuHoSo": owner.name,
            "SoGiayToChuHoSo": owner.identity,
            "SoDienThoai": owner.phone,
            "Email": owner.email,
            "KenhThucHien": "1",
            "NgayNopHoSo": After(),
            "SoTien": str(plot.procedure.fee) if plot.procedure.fee else "",
            "HinhThuc": str(int(self.chance.random() < 0.15)),
            **plot.values,
        }


def story(
    seed: int, dossiers: int, *, day: date, first_serial: int = 1, span_seconds: int = SPAN_SECONDS, migrated: int = 0
) -> list[Happening]:
    """Tell what happens to `dossiers` dossiers, ordered by story time.

    The fixtures come first, one each, as far as `dossiers` reaches; the rest lead ordinary lives, a tenth of them (at
    most 300) with the counter officer's own phone. `migrated` old dossiers on top arrive in one second, half-way.
    `day` and `first_serial` number the codes, so that a following story does not reuse them.
    """
    chance = random.Random(seed)
    cast = _Cast(chance, day, first_serial)
    fixtures = plots.FIXTURES[:dossiers]
    lives = [_fixture_life(cast, plot, span_seconds) for plot in fixtures]
    others = dossiers - len(fixtures)
    shared = min(_SHARED_PHONE_DOSSIERS, others // 10)
    starts = sorted(chance.uniform(0, span_seconds) for _ in range(others))
    with_officer_phone = set(chance.sample(range(others), shared))
    lives += [_ordinary_life(cast, at, officer_phone=n in with_officer_phone) for n, at in enumerate(starts)]
    lives.append(_migration(cast, migrated, span_seconds / 2))
    return sorted(itertools.chain.from_iterable(lives), key=lambda happening: happening.after_seconds)


def _fixture_life(cast: _Cast, plot: plots.Plot, span: int) -> list[Happening]:
    """A fixture begins in the first tenth of the day, so that it can be watched from the start."""
    start = cast.chance.uniform(0, span / 10)
    offices = _offices_for(plot)
    office = offices[0] if plot.procedure is places.LAND else cast.chance.choice(offices)
    code = cast.code(office)
    life = list(_life(cast, plot, office, code, start))
    if plot.twin:
        other = next(place for place in offices if place != office)
        life += _life(cast, plot, other, code, start + 60)
    return life


def _offices_for(plot: plots.Plot) -> tuple[places.Office, ...]:
    return places.DISTRICT_CENTRES if plot.procedure is places.LAND else places.COMMUNES


def _ordinary_life(cast: _Cast, start: float, *, officer_phone: bool) -> list[Happening]:
    office = cast.office()
    plot = plots.ordinary(cast.chance, cast.chance.choice(places.procedures_of(office)))
    if officer_phone:
        plot = plot._replace(values={"SoDienThoai": people.OFFICER_PHONE})
    return list(_life(cast, plot, office, cast.code(office), start))


def _life(cast: _Cast, plot: plots.Plot, office: places.Office, code: str, start: float) -> Iterator[Happening]:
    at = start
    values = cast.values(office, plot)
    for beat in plot.beats:
        at += beat.gap
        yield Happening(after_seconds=at, code=code, office=office.code, changes={**values, **beat.changes})
        values = {}


def _migration(cast: _Cast, count: int, at: float) -> list[Happening]:
    """Dossiers finished a year or more ago that a migration re-enters, all in the same second (fixture 18)."""
    migrated = []
    for _ in range(count):
        office = cast.office()
        procedure = cast.chance.choice(places.procedures_of(office))
        plot = plots.Plot("migrated", (), procedure)
        age = cast.chance.randint(365, 2500) * _DAY
        dates = {
            "NgayNopHoSo": After(seconds=-age),
            "NgayTiepNhan": After(seconds=-age),
            "NgayHenTra": After(seconds=5 * _DAY - age),
            "NgayKetThucXuLy": After(seconds=3 * _DAY - age),
            "NgayTra": After(seconds=4 * _DAY - age),
        }
        ended = {"TrangThaiHoSo": "10", "NoiDungXuLy": "Đã trả kết quả cho công dân"}
        changes = {**cast.values(office, plot), **dates, **ended}
        migrated.append(Happening(after_seconds=at, code=cast.code(office), office=office.code, changes=changes))
    return migrated
