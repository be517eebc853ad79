"""What happens at the province during a trial: every change is one that a citizen must hear of, and none hides another.

A dossier is received; only after Zalo's journal shows that its citizen was told does it move on to a second milestone.
So each (dossier, status) of the timeline is an obligation that nothing can supersede.
"""

import random
import threading
from datetime import UTC, datetime, timedelta

from adapter.core.calendar import VIETNAM
from adapter.simulators.onestop.happenings import Happening
from tests.towns import Town

MOST_UNSAID = 300
"""Dossiers that wait for their first message at most: what a dead daemon leaves must not look like a flood, which it
would rightly hold (``surge``)."""

SECOND = ("3", "5", "6", "8", "9")
REASON = "Thiếu bản chụp giấy tờ kèm theo"


class Life:
    """Applies changes in a thread at a steady rate until told to rest."""

    def __init__(self, town: Town, seed: int, every: float = 0.04) -> None:
        self.town, self._every, self._chance = town, every, random.Random(seed)
        self.obligations: set[tuple[str, str]] = set()
        self._unsaid: set[str] = set()
        self._told: list[str] = []
        self._heard = 0
        self._rest = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def rest(self) -> None:
        """Let nothing more happen."""
        self._rest.set()
        self._thread.join()

    def _live(self) -> None:
        while not self._rest.wait(self._every):
            self._listen()
            if self._told and self._chance.random() < 0.4:
                self._move_on(self._told.pop(self._chance.randrange(len(self._told))))
            elif len(self._unsaid) < MOST_UNSAID:
                self._receive()

    def _listen(self) -> None:
        """Whose first message has reached Zalo."""
        journal = self.town.zalo.journal(self._heard)
        if journal:
            self._heard = journal[-1]["n"]
        first = {row["template_data"]["ma_ho_so"] for row in journal} & self._unsaid
        self._unsaid -= first
        self._told += sorted(first)

    def _receive(self) -> None:
        serial = len(self.obligations) + 1
        code = f"000.22.33.H62-{datetime.now(UTC):%y%m%d}-{serial:04d}"
        fields = {
            "MaTTHC": "2.000635",
            "TenTTHC": "Cấp bản sao trích lục hộ tịch",
            "MaDonVi": "000.22.33.H62",
            "DonViXuLy": "UBND xã Mẫu",
            "ChuHoSo": "NGUYỄN THỊ MẪU",
            "SoDienThoai": f"09{self._chance.randrange(10_000_000, 99_999_999)}",
            "SoTien": "8000",
            "NgayTiepNhan": _written(datetime.now(UTC)),
            "NgayHenTra": _written(datetime.now(UTC) + timedelta(days=7)),
            "TrangThaiHoSo": "2",
            "NoiDungXuLy": "Tiếp nhận hồ sơ",
        }
        self._apply(code, fields)
        self.obligations.add((code, "2"))
        self._unsaid.add(code)

    def _move_on(self, code: str) -> None:
        status = self._chance.choice(SECOND)
        fields = {"TrangThaiHoSo": status, "YKien": REASON, "LyDo": REASON, "NoiDungXuLy": f"Trạng thái {status}"}
        if status == "9":  # a nine without an end of processing is not believed (statuses.yaml)
            fields["NgayKetThucXuLy"] = _written(datetime.now(UTC))
        self._apply(code, fields)
        self.obligations.add((code, status))

    def _apply(self, code: str, fields: dict[str, str]) -> None:
        happening = Happening(after_seconds=0, code=code, changes=fields, office="000.22.33.H62")
        self.town.province.province.apply(happening)


def _written(moment: datetime) -> str:
    """As the province writes it. A dossier must be of today: an old first sight is told to nobody."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
