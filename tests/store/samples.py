from datetime import datetime, timedelta

from adapter.model import Change, DossierId, Event, Noted, Record, Remembered, SourceName
from tests.store.clocks import START

SOURCE = SourceName("vinhphuc")


def dossier_id(number: int) -> DossierId:
    return DossierId(f"{number:032x}")


def noted(
    number: int, *, version: int = 1, expected: int | None = None, phone: str = "84912345678", status: str = "2"
) -> Noted:
    inputs = {"MaHoSo": f"H57.19-{number:06d}", "TenNguoiNop": "Trần Thị Hòa", "TrangThai": status, "Trong": ""}
    return Noted(
        remembered=Remembered(
            dossier_id=dossier_id(number),
            record=Record(inputs=inputs),
            digest=f"{number}.{version}",
            as_of=START + timedelta(minutes=version),
            version=version,
        ),
        expected=expected,
        source=SOURCE,
        code=inputs["MaHoSo"],
        office="H57.19",
        procedure="1.004",
        status=status,
        phone=phone,
    )


def changed(number: int, *, version: int = 1, at: datetime = START) -> Change:
    return Change(
        dossier_id=dossier_id(number),
        version=version,
        events=(Event.RECEIVED, Event.STEP),
        from_status=None,
        to_status="2",
        office="H57.19",
        procedure="1.004",
        happened_at=at,
    )
