"""Who files in the story: invented owners whose numbers can be nobody's by their pattern.

Mobile numbers are 09xx000xxx, the old eleven-digit ones 0168000xxxx, landlines 0211 3000xxx; identity numbers carry
000 before their last three digits.
"""

import random
from typing import Final, NamedTuple

OFFICER_PHONE: Final = "0911000113"
"""The number of a counter officer who writes it wherever the citizen leaves none (fixture 24)."""

_FAMILIES: Final = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "PHAN", "VŨ", "ĐẶNG", "BÙI", "ĐỖ", "HỒ", "NGÔ", "DƯƠNG")
_WOMEN: Final = ("LAN", "HƯƠNG", "HẠNH", "THẢO", "NHUNG", "YẾN", "QUỲNH", "DUYÊN", "NGUYỆT", "PHƯỢNG", "TUYẾT")
_MEN: Final = ("HÙNG", "DŨNG", "CƯỜNG", "TUẤN", "THẮNG", "ĐỨC", "KHÁNH", "QUÝ", "PHƯỚC", "TRƯỜNG", "NGHĨA")
_MEN_MIDDLE: Final = ("VĂN", "ĐÌNH", "QUANG", "HỮU", "XUÂN", "MẠNH")
_WOMEN_MIDDLE: Final = ("THỊ", "NGỌC", "THANH", "THU", "KIM")
_MOBILE_PREFIXES: Final = ("090", "091", "093", "094", "096", "097", "098")


class Owner(NamedTuple):
    """Somebody who files a dossier."""

    name: str
    identity: str
    phone: str
    email: str


def draw(chance: random.Random) -> Owner:
    """Draw an owner; the same state of `chance` gives the same owner."""
    woman = chance.random() < 0.5
    middle = chance.choice(_WOMEN_MIDDLE if woman else _MEN_MIDDLE)
    given = chance.choice(_WOMEN if woman else _MEN)
    number = chance.randrange(1000)
    return Owner(
        name=f"{chance.choice(_FAMILIES)} {middle} {given}",
        identity=f"026{int(woman)}{chance.randrange(40, 100)}000{number:03d}",
        phone=_written(mobile(chance), chance),
        email=f"congdan{number:03d}@example.vn" if chance.random() < 0.3 else "",
    )


def mobile(chance: random.Random) -> str:
    """Draw a mobile number of the fictional pattern, ten digits."""
    return f"{chance.choice(_MOBILE_PREFIXES)}{chance.randrange(10)}000{chance.randrange(1000):03d}"


def _written(number: str, chance: random.Random) -> str:
    """The number as counters type it: mostly plain, sometimes dotted, spaced or international."""
    style = chance.random()
    if style < 0.85:
        return number
    if style < 0.92:
        return f"{number[:4]}.{number[4:7]}.{number[7:]}"
    return f"+84 {number[1:4]} {number[4:7]} {number[7:]}"
