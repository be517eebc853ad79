"""What the people on duty are told of a machine's mapping set: as ``duty``, of what happens between readings."""

from adapter.ports import Alarm
from adapter.steps import duty


def broken(alarm: Alarm, owner: str, problems: int) -> None:
    """The mapping on this machine's disk cannot be used; the last good one keeps running."""
    alarm.raise_(
        f"mapping:{duty.host_of(owner)}",
        f"Bảng ánh xạ mới trên máy {duty.host_of(owner)} có {problems} lỗi nên chưa được dùng; bản tốt gần nhất vẫn "
        "đang chạy. Xem lỗi trên máy ấy: motcua mapping check.",
    )


def differs(alarm: Alarm, owner: str, running: str, latest: str) -> None:
    """This machine runs another mapping than the one that was taken over last, here or on another machine."""
    alarm.raise_(
        f"mapping-differs:{duty.host_of(owner)}",
        f"Máy {duty.host_of(owner)} đang chạy bộ quy tắc bản {running}, nhưng bản được nạp gần nhất là {latest}: lời "
        "tin tùy máy nào soạn. Xem bản trên từng máy: motcua mapping check; chép cùng một bộ sang mọi máy rồi chạy: "
        "motcua reload.",
    )


def agrees(alarm: Alarm, owner: str) -> None:
    """This machine runs the mapping that was taken over last."""
    alarm.clear(f"mapping-differs:{duty.host_of(owner)}")


def good(alarm: Alarm, owner: str) -> None:
    """The mapping on this machine's disk is the one it runs, and the one that was taken over last."""
    agrees(alarm, owner)
    alarm.clear(f"mapping:{duty.host_of(owner)}")
    alarm.clear("mapping")  # as it was called before each machine rang by itself


def mended(alarm: Alarm, owner: str, source: str) -> None:
    """A good mapping is live. What it still cannot read rings anew at the next reading."""
    good(alarm, owner)
    alarm.clear(f"rejects:{source}")
