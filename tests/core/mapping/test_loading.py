import unicodedata
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.core import mapping
from adapter.model import Channel, Event, Priority, Rulebook, Span

# file, what stands there, what is broken into it, place, part of the sentence, part of the hint
BROKEN = [
    # YAML itself
    ("messages.yaml", "    on: step", "    on: [step", "4:13", "dấu đóng ngoặc", ""),
    ("messages.yaml", "on: step", "on: a: b", "3:10", "dấu hai chấm", "dấu nháy kép"),
    ("messages.yaml", "    on: step", "\ton: step", "3:1", "Tab", "dấu cách"),
    ("messages.yaml", "    template: buoc", "   template: buoc", "4:4", "thụt lề", "thẳng hàng"),
    ("messages.yaml", "    on: step", "    on: step\n    on: ready", "4:5", "khóa «on» viết hai lần", "dòng 3"),
    (
        "messages.yaml",
        "  buoc:\n",
        "  buoc: {on: step, template: buoc}\n  buoc:\n",
        "3:3",
        "khóa «buoc» viết hai lần",
        "2",
    ),
    ("messages.yaml", "on: step", "on: !!python/object:os.system step", "3:9", "thẻ kiểu", ""),
    ("messages.yaml", "on: step", "on: !ten step", "3:9", "thẻ kiểu", ""),
    ("messages.yaml", "on: step", "on: &neo step", "3:9", "dấu neo", ""),
    ("messages.yaml", "on: step", "on: *neo", "3:9", "dấu neo", ""),
    ("messages.yaml", "rules:", "---\nrules: {}\n---\nrules:", "3:1", "nhiều hơn một tài liệu", ""),
    ("templates.yaml", '"Hồ sơ {ma_ho_so} tại {ten_don_vi}"', "{ma_ho_so}", "3:11", "cần chữ", "dấu nháy kép"),
    # keys and types
    ("messages.yaml", "    on: step", "    onn: step", "2:3", "thiếu khóa «on»", ""),
    ("messages.yaml", "    channels:", "    chanels:", "5:5", "không có khóa «chanels»", "có phải «channels»?"),
    ("messages.yaml", "rules:", "rule:", "1:1", "không có khóa «rule»", "có phải «rules»?"),
    ("messages.yaml", "on: step", "on: stepp", "3:9", "không có lựa chọn «stepp»", "có phải «step»?"),
    ("messages.yaml", "[uid, phone]", "[uid, sms]", "5:21", "không có lựa chọn «sms»", "phone, uid"),
    ("messages.yaml", "[uid, phone]", "uid", "5:15", "cần một danh sách", "[A, B]"),
    ("messages.yaml", "[uid, phone]", "[]", "5:15", "không được để trống", ""),
    ("messages.yaml", "[uid, phone]", "[uid, uid]", "5:21", "ghi hai lần", ""),
    ("messages.yaml", "    on: step", "    on: step\n    enabled: co", "4:14", "true hoặc false", ""),
    ("messages.yaml", "    on: step", "    on: step\n    expires_after: 3", "4:20", "3m", ""),
    ("messages.yaml", "  buoc:\n", "  Bước đi:\n", "2:3", "tên chỉ gồm chữ thường không dấu", ""),
    ("source.yaml", '"1.2"', "12", "4:7", "không có lựa chọn «12»", "1.2"),
    ("source.yaml", "https://motcua.example/ws", "motcua.example", "3:11", "cần một địa chỉ", ""),
    ("source.yaml", "overlap: 10m", "page_size: muoi", "19:12", "cần một số nguyên", ""),
    ("source.yaml", "overlap: 10m", "page_size: 0", "19:12", "ít nhất là 1", ""),
    ("source.yaml", "records: A/HoSo", "records: A//HoSo", "11:14", "đường dẫn viết chưa đúng", ""),
    ("source.yaml", "yyyy-MM-dd HH:mm:ss", "d/M/yyyy", "17:14", "không dùng «d»", ""),
    ("fields.yaml", "[MaHoSo]", "['//MaHoSo']", "3:13", "đường dẫn viết chưa đúng", ""),
    ("fields.yaml", "[MaHoSo]", "['A[0]/B']", "3:13", "đường dẫn viết chưa đúng", ""),
    ("fields.yaml", "[dd/MM/yyyy]", "[dd/mm/yyyy]", "19:15", "cần đủ ngày", ""),
    ("fields.yaml", "[dd/MM/yyyy]", "[dd/MM/yyyy hh:mm]", "19:15", "giờ 12 (hh)", ""),
    ("fields.yaml", "[dd/MM/yyyy]", "[ngay]", "19:15", "ký hiệu lạ", ""),
    ("calendar.yaml", "21:00-07:00", "9h tối", "1:8", "21:00-07:00", ""),
    ("calendar.yaml", "2026-01-02", "02/01/2026", "3:10", "năm-tháng-ngày", ""),
    ("calendar.yaml", "2026-01-02", "2026-02-30", "3:10", "không có trong lịch", ""),
    ("templates.yaml", '"1"', "ba", "5:22", "chỉ gồm chữ số", ""),
    ("templates.yaml", "kind: code", "kind: cod", "8:42", "không có lựa chọn «cod»", "có phải «code»?"),
    # across files
    ("source.yaml", "[ma_ho_so]", "[ma_hoso]", "16:12", "không có trường «ma_hoso»", "có phải «ma_ho_so»?"),
    ("source.yaml", "[ma_ho_so]", "[ma_ho_so, so_tien]", "16:22", "phải luôn có", "required: true"),
    ("source.yaml", '"{from}"', '"{form}"', "9:11", "không có chỗ điền «{form}»", "có phải «from»?"),
    ("source.yaml", '      den: "{to}"\n', "", "8:5", "{to}", ""),
    ("source.yaml", '"{code}"', '"1"', "14:5", "{code}", ""),
    ("source.yaml", "max_window: 1d", "max_window: 5m", "18:13", "max_window phải dài hơn overlap", ""),
    ("source.yaml", "overlap: 10m", "overlap: 10m\npage_size: 1", "1:1", "page_overlap phải nhỏ hơn", ""),
    ("source.yaml", "wsdl: motcua.wsdl", "wsdl: https://x/?wsdl", "2:7", "WSDL phải là tệp", ""),
    ("source.yaml", "overlap: 10m", "overlap: 10m\npartitions: [H3]", "20:14", "không có đơn vị «H3»", "H1"),
    ("fields.yaml", "  trang_thai:", "  trangthai:", "1:1", "thiếu trường «trang_thai»", ""),
    ("fields.yaml", "[TrangThai]\n    required: true", "[TrangThai]", "5:3", "phải luôn có", "required: true"),
    ("fields.yaml", "    formats: [dd/MM/yyyy]\n", "", "16:3", "thiếu formats", "dd/MM/yyyy"),
    ("fields.yaml", "kind: number", "kind: number\n    formats: [iso]", "16:14", "formats chỉ dùng", ""),
    ("fields.yaml", "kind: number", 'kind: number\n    default: "0"', "16:14", "default không dùng", ""),
    ("fields.yaml", "  so_tien:\n", "  ten_trang_thai:\n", "13:3", "do chương trình tự tính", ""),
    (
        "fields.yaml",
        "[HenTra]\n    kind: time\n    formats: [dd/MM/yyyy]",
        "[HenTra]\n    kind: text",
        "18:11",
        "kind: time",
        "",
    ),
    ("fields.yaml", "kind: number", "transforms: [uper]", "15:18", "không có lựa chọn «uper»", "có phải «upper»?"),
    ("statuses.yaml", "event: step", "event: rescheduled", "2:16", "không phải là một trạng thái", ""),
    ("statuses.yaml", "text: Đang", "trusted: false, text: Đang", "2:31", "event: ready", ""),
    (
        "statuses.yaml",
        "{text: Mã",
        "{event: ready, trusted: false, text: Mã",
        "3:33",
        "kết quả đã thật sự có",
        "xong_luc",
    ),
    ("messages.yaml", "template: buoc", "template: bouc", "4:15", "không có mẫu tin «bouc»", "có phải «buoc»?"),
    ("messages.yaml", "    on: step", "    on: step\n    after_unknown: remind", "4:20", "cần reminder_template", ""),
    (
        "messages.yaml",
        "    on: step",
        "    on: recalled\n    after_unknown: remind\n    reminder_template: buoc",
        "4:20",
        "không nhắc lại được",
        "leave",
    ),
    ("messages.yaml", "    on: step", "    on: overdue", "3:9", "chưa nhận ra sự kiện «overdue»", ""),
    ("messages.yaml", "    on: step", "    on: reminder", "3:9", "chưa nhận ra sự kiện «reminder»", ""),
    ("messages.yaml", "    on: step", "    on: step\n    reminder_template: x", "4:24", "không có mẫu tin «x»", "buoc"),
    ("messages.yaml", "    on: step", "    on: step\n    when: {offices: [H1, H9]}", "4:26", "đơn vị «H9»", "H1, H2"),
    (
        "messages.yaml",
        "[uid, phone]\n",
        "[uid, phone]\n  nua: {on: step, template: buoc}\n",
        "6:3",
        "không bao giờ được dùng",
        "lên trước",
    ),
    ("templates.yaml", "channels: [uid, phone]", "channels: [uid, phone, uid]", "6:32", "đã có mẫu ZBS khác", ""),
    (
        "templates.yaml",
        "tại {ten_don_vi}",
        "tại {ten_donvi}",
        "3:11",
        "không có trường «ten_donvi»",
        "có phải «ten_don_vi»?",
    ),
    ("templates.yaml", "tại {ten_don_vi}", "{hen_tra_luc:ngy}", "3:11", "không có định dạng «ngy»", "gio_ngay"),
    ("templates.yaml", "tại {ten_don_vi}", "{so_tien:ngay}", "3:11", "chỉ dùng cho trường kiểu thời gian", ""),
    ("templates.yaml", "tại {ten_don_vi}", "{hen_tra_luc:tien}", "3:11", "chỉ dùng cho trường kiểu số", ""),
    ("templates.yaml", "tại {ten_don_vi}", "tại {ten_don_vi", "3:11", "đứng lẻ", ""),
    ("templates.yaml", "tại {ten_don_vi}", "tại {Tên}", "3:11", "viết chưa đúng", ""),
    ("templates.yaml", "kind: code", "kind: code, max_length: 31", "8:60", "dài nhất 30", ""),
    ("templates.yaml", "kind: code", "kind: code, cut: true", "8:53", "không được cắt", ""),
    ("templates.yaml", "          ma:", "          mã-số:", "8:11", "tên tham số", ""),
    ("offices.yaml", "successor: H1", "successor: H9", "3:57", "đơn vị tiếp nối «H9»", ""),
    ("offices.yaml", "successor: H1", "successor: H2", "3:57", "vòng tròn", ""),
    ("offices.yaml", ", valid_to: 2025-06-30", "", "3:35", "thiếu valid_to", ""),
    ("offices.yaml", "valid_to:", "valid_from: 2026-01-01, valid_to:", "3:58", "đứng trước ngày bắt đầu", ""),
    ("calendar.yaml", "21:00-07:00", "00:00-00:00", "1:8", "trùm cả ngày", ""),
    ("calendar.yaml", "2026-01-10", "2026-01-02", "5:10", "vừa là ngày nghỉ vừa là ngày làm bù", ""),
    ("calendar.yaml", "2026-01-10", "2026-01-12", "5:10", "vốn đã là ngày làm việc", ""),
    ("calendar.yaml", "2026-01-02\n", "2026-01-02\n  - day: 2026-01-02\n", "4:10", "ghi hai lần", ""),
    ("calendar.yaml", "2026-01-02\n", "2026-01-02\n    until: 2026-01-01\n", "4:12", "until phải sau day", ""),
]


@pytest.mark.parametrize("mistake", BROKEN, ids=[f"{row[0]}-{row[3]}-{row[2].strip()[:30]}" for row in BROKEN])
def test_each_mistake_is_named_at_its_place(
    small: dict[str, str], mistake: tuple[str, str, str, str, str, str]
) -> None:
    file, old, new, place, sentence, hint = mistake
    assert old in small[file]
    small[file] = small[file].replace(old, new, 1)
    rulebook, problems = mapping.load(small, "/x")
    assert rulebook is None
    matching = [p for p in problems if f"{p.line}:{p.column}" == place and sentence in p.text and hint in p.hint]
    assert [p.file for p in matching] == [file], "\n".join(map(str, problems))


def test_a_rule_on_a_channel_without_zbs_template_is_named_at_the_rule(small: dict[str, str]) -> None:
    small["templates.yaml"] = small["templates.yaml"].replace("[uid, phone]", "[uid]")
    _, problems = mapping.load(small, "/x")
    assert [(p.file, p.line, p.column) for p in problems] == [("messages.yaml", 4, 15)]
    assert "kênh «phone»" in problems[0].text


def test_the_small_set_loads(small: dict[str, str]) -> None:
    rulebook, problems = mapping.load(small, "/srv/thu")
    assert problems == ()
    assert rulebook is not None
    assert rulebook.source.wsdl == "/srv/thu/motcua.wsdl"
    assert rulebook.source.time_format == "%Y-%m-%d %H:%M:%S"
    assert rulebook.source.max_window == timedelta(days=1)
    assert rulebook.source.partitions == ("",)
    assert rulebook.calendar.quiet == Span(start=time(21), end=time(7))
    assert rulebook.calendar.days_off == {date(2026, 1, 2)}
    assert rulebook.rules[0].channels == (Channel.UID, Channel.PHONE)
    assert rulebook.rules[0].priority is Priority.NOTICE


def test_scalars_stay_as_written(small: dict[str, str]) -> None:
    small["offices.yaml"] += "  08: {name: yes, phone: 012345678901}\n"
    rulebook, _ = mapping.load(small, "/x")
    assert rulebook is not None
    assert (rulebook.offices["08"].name, rulebook.offices["08"].phone) == ("yes", "012345678901")
    assert rulebook.statuses["08"].event is None


def test_every_problem_is_told_at_once(small: dict[str, str]) -> None:
    small["messages.yaml"] = small["messages.yaml"].replace("template: buoc", "template: khac") + "  hai: {on: stepp}\n"
    small["fields.yaml"] = small["fields.yaml"].replace("  trang_thai:", "  trang_tha:")
    small["calendar.yaml"] = "quiet: mai\n"
    del small["offices.yaml"]
    found = {(problem.file, problem.line) for problem in mapping.load(small, "/x")[1]}
    assert found >= {
        ("messages.yaml", 4),  # unknown template
        ("messages.yaml", 6),  # wrong event, missing template
        ("fields.yaml", 1),  # trang_thai is missing
        ("calendar.yaml", 1),
        ("offices.yaml", 0),
    }


def test_a_missing_file_is_named_with_the_one_that_was_meant(small: dict[str, str]) -> None:
    small["mesages.yaml"] = small.pop("messages.yaml")
    _, problems = mapping.load(small, "/x")
    assert [str(problem) for problem in problems] == ["messages.yaml:0:1: thiếu tệp này (có phải «mesages.yaml»?)"]


def test_a_file_over_one_megabyte_is_refused(small: dict[str, str]) -> None:
    small["offices.yaml"] += "# " + "đ" * 500_000
    _, problems = mapping.load(small, "/x")
    assert [problem.text for problem in problems] == ["tệp lớn hơn 1 MB"]


def test_decomposed_text_and_windows_line_ends_give_the_same_set(small: dict[str, str]) -> None:
    foreign = {
        name: "\ufeff" + unicodedata.normalize("NFD", text).replace("\n", "\r\n") for name, text in small.items()
    }
    here, there = mapping.load(small, "/x")[0], mapping.load(foreign, "/x")[0]
    assert here == there


def test_the_version_follows_every_file(small: dict[str, str]) -> None:
    version = mapping.version_of(small)
    assert len(version) == 16
    assert int(version, 16) >= 0
    for name, text in small.items():
        assert mapping.version_of(small | {name: text + "# x\n"}) != version
    assert mapping.version_of(small | {"README.md": "x"}) == version


def test_a_kept_set_loads_again_as_itself(vinhphuc: Rulebook) -> None:
    again, problems = mapping.load(vinhphuc.files, "/etc/motcua/mappings/vinhphuc")
    assert (again, problems) == (vinhphuc, ())


def test_an_unclear_successor_is_no_crash(small: dict[str, str]) -> None:
    small["offices.yaml"] = (
        'offices:\n  A: {name: a, valid_to: 2025-01-01, successor: B}\n  B: {name: b, successor: ""}\n'
    )
    assert mapping.load(small, "/x")[1] == ()


@settings(max_examples=150, deadline=None)
@given(
    file=st.sampled_from(mapping.FILES),
    at=st.integers(0, 600),
    junk=st.text(max_size=8)
    | st.sampled_from(["\t", "&a ", "*a", "!!x ", "[", "{", "}", ": ", "- ", "? ", "|", "%YAML 9.9\n"]),
    cut=st.integers(0, 30),
)
def test_no_text_makes_loading_raise(file: str, at: int, junk: str, cut: int) -> None:
    files = dict.fromkeys(mapping.FILES, "rules: {}\n")
    text = 'templates:\n  a:\n    text: "x {y}"\n    zbs:\n      - {template_id: "1", channels: [uid]}\n'
    at = min(at, len(text))
    files[file] = text[:at] + junk + text[at + cut :]
    rulebook, problems = mapping.load(files, "/x")
    assert rulebook is None
    assert all(problem.line >= 0 and problem.column >= 1 for problem in problems)


def test_deep_nesting_is_refused_and_not_followed(small: dict[str, str]) -> None:
    small["offices.yaml"] = "offices: " + "[" * 5000
    assert mapping.load(small, "/x")[0] is None
    small["offices.yaml"] = "offices: " + "[" * 400 + "]" * 400
    assert mapping.load(small, "/x")[0] is None


def test_vinhphuc_speaks_of_every_event_that_d1_can_show(vinhphuc: Rulebook) -> None:
    spoken = {rule.on for rule in vinhphuc.rules}
    assert spoken == set(Event) - {Event.SHIPPED, Event.REMINDER, Event.OVERDUE}
    assert [rule.name for rule in vinhphuc.rules if not rule.enabled] == ["nop_truc_tuyen"]
    urgent = {rule.on for rule in vinhphuc.rules if rule.priority is Priority.URGENT}
    assert urgent == {Event.SUPPLEMENT, Event.PAYMENT, Event.RECALLED}
    assert len({zbs.template_id for t in vinhphuc.templates.values() for zbs in t.zbs.values()}) == len(
        vinhphuc.templates
    )


def test_vinhphuc_status_words_fit_a_status_parameter(vinhphuc: Rulebook) -> None:
    assert {code: len(status.text) for code, status in vinhphuc.statuses.items() if len(status.text) > 30} == {}
    assert sorted(vinhphuc.statuses, key=int) == [str(number) for number in range(1, 11)]
