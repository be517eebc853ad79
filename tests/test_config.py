"""Settings: layers, secrets, paths, and every problem at once."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapter.config import Settings, load
from adapter.errors import ConfigError
from adapter.model import SendingMode

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str) -> Path:
        path = tmp_path / "motcua.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def problems(path: Path | None, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    return caught.value.problems


def test_an_empty_file_gives_defaults_that_send_nothing(write: Write, tmp_path: Path) -> None:
    settings = load(write(""), {})
    assert settings.sending.mode is SendingMode.OFF
    assert settings.store.url == f"sqlite:///{tmp_path}/data/motcua.db"
    assert settings.store.keys == tmp_path / "secrets/keys.json"
    assert settings.mapping.folder == tmp_path / "mappings/vinhphuc"
    assert settings.health.address == ("127.0.0.1", 8090)
    assert settings.poll.sweep_at == time(2, 30)
    assert settings.sending.unknown_wait == timedelta(minutes=15)
    assert settings.zalo.business_url == "https://business.openapi.zalo.me"


def test_the_environment_wins_over_the_file(write: Write) -> None:
    path = write("[zalo]\nslots = 8\napp_id = 'from-file'\n")
    settings = load(path, {"MOTCUA_ZALO__SLOTS": "16", "UNRELATED": "x"})
    assert (settings.zalo.slots, settings.zalo.app_id) == (16, "from-file")


def test_a_list_comes_from_the_environment_as_words_or_as_json(write: Write) -> None:
    environ = {"MOTCUA_ALARM__COMMAND": "mail -s 'Một cửa' root", "MOTCUA_SENDING__ALLOW": '["0912 345 678"]'}
    settings = load(write(""), environ)
    assert settings.alarm.command == ("mail", "-s", "Một cửa", "root")
    assert settings.sending.allow == ("84912345678",)


def test_a_secret_is_read_from_its_file_beside_the_settings(write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s3cret\n", encoding="utf-8")
    settings = load(write("[zalo]\napp_secret_file = 'secret.txt'\n"), {})
    assert settings.zalo.app_secret.get_secret_value() == "s3cret"


def test_systemd_credentials_win_over_everything(write: Write, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "onestop.password").write_text("from-systemd", encoding="utf-8")
    (credentials / "store.keys").write_text("{}", encoding="utf-8")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials), "MOTCUA_ONESTOP__PASSWORD": "from-environment"}
    settings = load(write("[onestop]\npassword = 'from-file'\n"), environ)
    assert settings.onestop.password.get_secret_value() == "from-systemd"
    assert settings.store.keys == credentials / "store.keys"


def test_an_empty_credential_is_a_secret_that_is_not_there_yet(write: Write, tmp_path: Path) -> None:
    for name in ("onestop.password", "zalo.app_secret"):
        (tmp_path / name).touch()
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    settings = load(write("[onestop]\npassword = 'from-file'\n"), environ)
    assert settings.onestop.password.get_secret_value() == "from-file"
    with pytest.raises(ConfigError) as caught:
        load(write("[sending]\nmode = 'on'\n[zalo]\napp_id = '1'\n"), environ)
    assert "app_secret" in str(caught.value.problems)


def test_a_secret_file_in_the_environment_replaces_the_secret_in_the_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new", encoding="utf-8")
    settings = load(write("[zalo]\napp_secret = 'old'\n"), {"MOTCUA_ZALO__APP_SECRET_FILE": "new"})
    assert settings.zalo.app_secret.get_secret_value() == "new"


def test_every_problem_is_told_at_once(write: Write, tmp_path: Path) -> None:
    text = """
        [zalo]\nslots = 300\napp_idd = 'x'\napp_secret_file = 'gone'
        [sending]\nmode = 'onn'\nunknown_wait = '15 phút'
        [polll]\nevery = '3m'
    """
    found = problems(write(text), {"MOTCUA_HEALTH__LISTEN": "8090", "MOTCUA_ZALO_OA_ID": "1"})
    expected = (
        "zalo.slots: không được quá 256",
        "zalo.app_idd: không có khóa này / no such key (có phải là app_id?)",
        "không đọc được tệp bí mật",
        "sending.mode: phải là một trong",
        "sending.unknown_wait: ghi một khoảng thời gian như 90s",
        "polll: không có mục này / no such section (có phải là poll?)",
        "biến môi trường MOTCUA_HEALTH__LISTEN: health.listen: ghi địa chỉ và cổng",
        "MOTCUA_ZALO_OA_ID: cần hai dấu gạch dưới / two underscores (có phải là MOTCUA_ZALO__OA_ID?)",
    )
    for sentence in expected:
        assert any(sentence in problem for problem in found), (sentence, found)
    assert len(found) == len(expected)
    assert sum(str(tmp_path / "motcua.toml") in problem for problem in found) == 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[store\n", "sai cú pháp / wrong TOML"),
        ("store = 1\n", "store: phải là một mục như [store]"),
        ("[sending]\nmode = 'on'\n", "zalo.app_id: cần có khi sending.mode không phải là off"),
        ("[zalo]\nmode = 'on'\n", "zalo.mode: không có khóa này / no such key (có phải là sending.mode?)"),
        ("[zalo]\nslots = 4\nreserved_slots = 4\n", "reserved_slots phải nhỏ hơn slots"),
        ("[zalo]\nslots = 'nhiều'\n", "zalo.slots: phải là một số nguyên"),
        ("[zalo]\nproof = 'có'\n", "zalo.proof: phải là true hoặc false"),
        ("[zalo]\noauth_url = 'oauth.zaloapp.com'\n", "zalo.oauth_url: ghi một địa chỉ bắt đầu bằng https://"),
        (
            "[zalo]\napp_secret = 'a'\napp_secret_file = 'b'\n",
            "chỉ ghi một trong hai / one of the two: app_secret, app_secret_file",
        ),
        ("[alarm]\ncommand = 'mail root'\n", "alarm.command: phải là một danh sách"),
        ("[poll]\nsweep_at = '25:00'\n", "poll.sweep_at: ghi giờ trong ngày"),
        ("[poll]\nevery = '5'\n", "poll.every: ghi một khoảng thời gian"),
        ("[sending]\nallow = ['Nguyễn Văn A']\n", "sending.allow.0: mỗi mục là một số điện thoại"),
        ("[health]\nlisten = '127.0.0.1:99999'\n", "cổng phải từ 0 đến 65535"),
    ],
)
def test_a_problem_names_its_key_and_what_is_wrong(write: Write, text: str, sentence: str) -> None:
    found = problems(write(text))
    assert any(sentence in problem for problem in found)
    assert all(" / " in problem for problem in found), "English beside"


def test_no_secret_is_ever_printed(write: Write) -> None:
    secrets = {
        "MOTCUA_ZALO__APP_SECRET": "hush-zalo",
        "MOTCUA_ONESTOP__PASSWORD": "hush-onestop",
        "MOTCUA_STORE__URL": "postgresql://motcua:hush-db@db/motcua",
        "MOTCUA_SENDING__ALLOW": "0912345678",
    }
    settings = load(write(""), secrets)
    shown = f"{settings!r}{settings}{settings.store!r}"
    wrong = problems(write("[zalo]\napp_secret = ['hush-list']\n[store]\nurl = 12345678\n"))
    assert "hush" not in shown + "".join(wrong)
    assert "0912345678" not in shown


def test_a_child_process_inherits_no_secret(write: Write) -> None:
    settings = load(write(""), {"PATH": "/bin", "MOTCUA_ZALO__APP_SECRET": "hush", "AWS_SECRET": "x"})
    assert settings.inherited == {"PATH": "/bin"}


def test_settings_are_frozen(write: Write) -> None:
    settings = load(write(""), {})
    with pytest.raises(ValidationError):
        setattr(settings.zalo, "slots", 1)  # noqa: B010 - mypy forbids the plain form, which is the point


def test_each_language_keeps_its_own_or(write: Write) -> None:
    with pytest.raises(ConfigError) as failed:
        load(write("[health]\nlisten = 'here'\n[log]\nlevel = 'loud'\n"), {})
    listen, level = failed.value.problems
    assert listen.endswith("/ write host:port, or nothing")
    assert "'warning' hoặc 'error' / must be one of these" in level


@pytest.mark.parametrize("listen", ["", "0.0.0.0:0", "[::1]:8090"])
def test_the_health_address_is_told_apart(write: Write, listen: str) -> None:
    host, _, port = listen.rpartition(":")
    expected = (host.strip("[]"), int(port)) if listen else None
    assert load(write(f"[health]\nlisten = '{listen}'\n"), {}).health.address == expected


def test_the_file_is_looked_for_where_the_environment_says_then_here(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("[zalo]\nslots = 9\n")
    assert load(None, {"MOTCUA_CONFIG": str(path)}).zalo.slots == 9
    monkeypatch.chdir(tmp_path)
    assert load(None, {}).path == path


def test_without_file_and_environment_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "motcua init" in problems(None)[0]
    assert load(None, {"MOTCUA_ZALO__SLOTS": "7"}).store.keys == tmp_path / "secrets/keys.json"


@pytest.mark.parametrize("content", [b"\xff\xfe[", "đ".encode("utf-16")])
def test_a_file_in_another_encoding_is_refused_kindly(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "motcua.toml"
    path.write_bytes(content)
    assert "UTF-8" in problems(path)[0]


def test_a_missing_named_file_is_a_problem(tmp_path: Path) -> None:
    assert "không tìm thấy" in problems(tmp_path / "gone.toml")[0]


@given(st.dictionaries(st.sampled_from(("STORE__URL", "ZALO__SLOTS", "A__B", "SENDING__ALLOW")), st.text(max_size=20)))
def test_whatever_stands_in_the_environment_it_is_settings_or_problems(values: dict[str, str]) -> None:
    environ = {f"MOTCUA_{name}": text for name, text in values.items()} | {"MOTCUA_LOG__LEVEL": "info"}
    try:
        assert isinstance(load(None, environ), Settings)
    except ConfigError as error:
        assert error.problems  # noqa: PT017 - either outcome is right; neither may be another exception
