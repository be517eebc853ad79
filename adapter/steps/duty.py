"""What the people on duty are told: the key and the sentence of every alarm the steps raise, in one place.

Each sentence says in Vietnamese what happened, what it means for citizens, and what to do. No personal data.
"""

from datetime import date
from typing import Final

from adapter.errors import SourceFault
from adapter.model import EpochKind, Pause, PauseScope, Run
from adapter.ports import Alarm

NO_ANSWER = "Zalo không trả lời"
"""The reason of a pause that lost answers brought (``steps.line``)."""

MAX_SKEW = 5.0
"""A machine whose clock is further off than this, in seconds, does not claim (DESIGN 5)."""


def source_unread(alarm: Alarm, source: str, fault: str) -> None:
    """The one-stop system could not be read."""
    todo = "Kiểm tra máy chủ một cửa và đường truyền, rồi chạy: motcua poll."
    if fault == SourceFault.FORMAT:
        todo = (
            "Nhiều hồ sơ bỗng không còn số điện thoại hay chủ hồ sơ: có lẽ một cửa đã đổi định dạng. Sửa fields.yaml, "
            "rồi chạy: motcua mapping check và motcua reload."
        )
    alarm.raise_(f"source:{source}", f"Không đọc được hệ thống một cửa ({fault}). Chưa có thông báo nào bị mất. {todo}")


def source_read(alarm: Alarm, source: str) -> None:
    """The one-stop system answers again."""
    alarm.clear(f"source:{source}")


_IN_DOUBT = {
    EpochKind.RESTORED.value: "có thể đã gửi trước khi khôi phục cơ sở dữ liệu",
    EpochKind.NEW.value: "là lần đầu trên cơ sở dữ liệu mới, chưa biết trước đó đã báo cho ai những gì",
}
"""Why a whole run is HELD though nothing in it is odd, by the reason code."""


def run_held(alarm: Alarm, run: Run) -> None:
    """A surprising batch waits for a person."""
    why = _IN_DOUBT.get(run.fault, f"bất thường ({run.fault})")
    alarm.raise_(
        f"held:{run.id}",  # each run by itself, or a second surprise would ring nobody while the first one stands
        f"Đã giữ lại {run.messages} thông báo vì đợt đọc {why}. Xem: motcua messages list --state "
        f"held. Nếu đúng, cho gửi: motcua messages release --run {run.id}; nếu sai, hủy: motcua messages cancel "
        f"--run {run.id}.",
    )


def restored(alarm: Alarm, epoch: int, held: int) -> None:
    """The database was put back from a backup; what it holds unsent may have been sent since (``steps.epoch``)."""
    alarm.raise_(
        f"held:restored-{epoch}",
        f"Cơ sở dữ liệu đã được khôi phục từ bản sao lưu: {held} tin chưa gửi trong bản sao được giữ lại vì có thể đã "
        "gửi rồi, và đợt đọc đầu tiên cũng sẽ được giữ lại. Đối chiếu với Zalo rồi cho gửi hoặc hủy: motcua messages "
        "list --state held.",
    )


def records_rejected(alarm: Alarm, source: str, count: int) -> None:
    """The mapping cannot read some records."""
    alarm.raise_(
        f"rejects:{source}",
        f"{count} hồ sơ không đọc được theo bảng ánh xạ; người dân của các hồ sơ này chưa được báo. Kiểm tra "
        "fields.yaml và chạy: motcua mapping check.",
    )


def gaps_found(alarm: Alarm, source: str, count: int) -> None:
    """The sweep found what the fast reader missed."""
    alarm.raise_(
        f"gaps:{source}",
        f"Lần quét đối chiếu tìm thấy {count} thay đổi mà lần đọc thường đã bỏ sót; đã xử lý bù. Kiểm tra đồng hồ của "
        "hệ thống một cửa và settle_lag trong source.yaml.",
    )


def swept(alarm: Alarm, source: str, *, gaps: int, rejects: int) -> None:
    """A sweep came to its end: what it did not find any more is over, or the next cause would ring nobody."""
    if not gaps:
        alarm.clear(f"gaps:{source}")
    if not rejects:
        alarm.clear(f"rejects:{source}")


def paused(alarm: Alarm, pause: Pause) -> None:
    """An answer of Zalo's stopped a whole scope."""
    if pause.scope is PauseScope.TEMPLATE:
        sentence = (
            f"Zalo không chấp nhận mẫu tin {pause.name} ({pause.reason}); tin dùng mẫu này được giữ lại. Sửa "
            f"templates.yaml hoặc mẫu trên Zalo, rồi chạy: motcua resume --template {pause.name} và motcua messages "
            "release --all."
        )
    elif pause.reason == NO_ANSWER:
        sentence = (
            f"Gửi qua kênh {pause.name} nhiều lần liền mà mất trả lời của Zalo; kênh tạm dừng để không có thêm tin "
            "không rõ đã đến hay chưa. Kiểm tra đường mạng đến Zalo. Tin vẫn được giữ; hệ thống tự thử lại 10 phút một "
            f"lần, muốn gửi ngay: motcua resume --channel {pause.name}."
        )
    else:
        sentence = (
            f"Zalo từ chối cả kênh {pause.name} ({pause.reason}): kiểm tra quyền của ứng dụng, số dư và khóa truy cập "
            "(motcua zalo token show). Tin vẫn được giữ; hệ thống tự thử lại 10 phút một lần."
        )
    alarm.raise_(f"pause:{pause.scope}:{pause.name}", sentence)


def resumed(alarm: Alarm, scope: PauseScope, name: str) -> None:
    """The scope sends again."""
    alarm.clear(f"pause:{scope}:{name}")


def zalo_away(alarm: Alarm, owner: str) -> None:
    """Nothing leaves this machine for Zalo."""
    alarm.raise_(
        f"zalo-away:{host_of(owner)}",
        "Không kết nối được đến máy chủ gửi tin của Zalo. Chưa mất tin nào; hệ thống thử lại 2 phút một lần. Kiểm tra "
        "đường ra Internet, DNS, tường lửa, proxy; rồi chạy: motcua doctor.",
    )


def zalo_back(alarm: Alarm, owner: str) -> None:
    """Zalo answers this machine again."""
    alarm.clear(f"zalo-away:{host_of(owner)}")


def message_held(alarm: Alarm, code: str) -> None:
    """A single message needs a person."""
    alarm.raise_(
        f"message-held:{code}",
        f"Có tin được giữ lại vì Zalo trả mã {code}. Xem và xử lý: motcua messages list --state held.",
    )


def message_unreadable(alarm: Alarm) -> None:
    """Messages do not open with our keys: rows that were damaged, or written with other keys."""
    alarm.raise_(
        "message-held:unreadable",
        "Có tin không mở được bằng khóa hiện có (dữ liệu hỏng, hoặc ghi bằng khóa khác) nên được giữ lại; các tin khác "
        "vẫn đi. Chạy motcua db check, rồi xem motcua messages list --state held; release lập lại tin từ hồ sơ.",
    )


def unknown_left(alarm: Alarm, day: date, count: int) -> None:
    """Sends whose answer was lost stay without proof. Each Vietnam day rings by itself (``steps.relieve``)."""
    alarm.raise_(
        f"unknown:{day.isoformat()}",
        f"{count} tin không rõ đã đến hay chưa (mất trả lời của Zalo). Hệ thống không gửi lại mù quáng. Xem: motcua "
        "messages list --state unknown.",
    )


TEST: Final = (
    "test",
    "Đây là THỬ CẢNH BÁO, không có chuyện gì xảy ra, không phải làm gì. / This is a TEST, nothing has happened.",
)
"""Key and sentence of ``motcua alarms test``."""


def unit_failed(unit: str, result: str) -> tuple[str, str]:
    """Key and sentence for a systemd unit that ended badly; told without the store (``motcua alarms failed``)."""
    why = f" ({result})" if result else ""
    sentence = (
        f"Dịch vụ {unit} dừng vì lỗi{why}; chưa mất tin nào. Mã thoát 78 là cấu hình sai, 65 là bảng ánh xạ sai: phải "
        f"sửa rồi khởi động lại; lỗi khác thì systemd tự thử lại. Xem: systemctl status {unit}; journalctl -u {unit} "
        "-n 50; rồi chạy: motcua doctor."
    )
    return f"unit:{unit}", sentence


def host_of(owner: str) -> str:
    """The machine of an owner, who is named ``host:pid:chance``."""
    return owner.partition(":")[0]


def clock_off(alarm: Alarm, owner: str, seconds: float) -> None:
    """This machine's clock disagrees with the database's by more than ``MAX_SKEW``."""
    alarm.raise_(
        f"clock:{host_of(owner)}",
        f"Đồng hồ máy này lệch {seconds:.0f} giây so với cơ sở dữ liệu; máy này tạm ngừng gửi tin. Đồng bộ giờ (NTP) "
        "là máy tự gửi lại.",
    )


def database_unwritten(alarm: Alarm, owner: str) -> None:
    """This machine's daemon cannot write into the database."""
    alarm.raise_(
        f"database:{host_of(owner)}",
        "Không ghi được vào cơ sở dữ liệu: mọi việc đang đứng, chưa mất gì, hệ thống tự thử lại. Kiểm tra đĩa đầy "
        "(df), quyền ghi, máy chủ PostgreSQL, tiến trình khác đang khóa; rồi chạy: motcua doctor.",
    )


def database_written(alarm: Alarm, owner: str) -> None:
    """The database takes this machine's writes again."""
    alarm.clear(f"database:{host_of(owner)}")


def work_failing(alarm: Alarm, owner: str, job: str, fault: str) -> None:
    """One job of this machine's daemon fails again and again; ``fault``: the class of the error."""
    alarm.raise_(
        f"work:{host_of(owner)}:{job}",
        f"Việc {job} của tiến trình nền hỏng liên tục ({fault}); các việc khác vẫn chạy, chưa mất tin nào. Xem: "
        "journalctl -u motcua -p err --since -1h; chạy: motcua doctor. Không rõ vì sao thì khởi động lại (không lặp "
        "tin): systemctl restart motcua, rồi báo người phát triển kèm nhật ký.",
    )


def work_going(alarm: Alarm, owner: str, job: str) -> None:
    """The job goes well again."""
    alarm.clear(work_key(owner, job))


def work_key(owner: str, job: str) -> str:
    """The key of a job's alarm, or with no job how those of this machine begin."""
    return f"work:{host_of(owner)}:{job}"
