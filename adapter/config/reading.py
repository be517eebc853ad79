"""From file, environment and secret files to ``Settings``. The only module that opens ``motcua.toml``."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from adapter.config.layers import Layers
from adapter.config.problems import sentences
from adapter.config.settings import AlarmSettings, Settings
from adapter.errors import ConfigError
from adapter.model import SendingMode

FILE_NAME = "motcua.toml"
_SYSTEM_FILE = Path("/etc/motcua") / FILE_NAME
#: What a program that we start may inherit. A list of what is let through, so that no secret slips out by its name.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "PATHEXT", "TEMP", "TMP")


def environment() -> Mapping[str, str]:
    """This process's environment, as it is now. Everybody else is handed what they need of it."""
    return dict(os.environ)


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings: defaults < file < ``MOTCUA_SECTION__NAME`` < secret files and systemd credentials.

    Without ``path`` the file is looked for at ``MOTCUA_CONFIG``, ``./motcua.toml``, ``/etc/motcua/motcua.toml``;
    none is needed when the environment speaks. Relative paths are relative to the file's folder, else to the
    working folder. Reads secret files; does not open the database, the keys or the mapping.
    Raises ConfigError with every problem at once, Vietnamese first; secrets are never in it.
    """
    file = _find(path, environ)
    settings = _validate(_layers(file, environ))
    return settings.read_from(file.resolve() if file else None, _inherited(environ))


def load_alarm(path: Path | None, environ: Mapping[str, str]) -> tuple[AlarmSettings, Mapping[str, str]]:
    """Who is to be told, and what the alarm command inherits: also when the other settings cannot be used.

    Raises ConfigError when there is no file, it is no TOML, or what it says of alarms is wrong.
    """
    layers = _layers(_find(path, environ), environ)
    try:
        return AlarmSettings.model_validate(layers.resolved().get("alarm", {})), _inherited(environ)
    except ValidationError:  # its own text would print the values, secrets among them
        raise ConfigError(["không dùng được mục [alarm] của cấu hình"]) from None


def _layers(file: Path | None, environ: Mapping[str, str]) -> Layers:
    layers = Layers((file.parent if file else Path.cwd()).resolve())
    if file:
        layers.add_file(str(file), _parse(file))
    layers.add_environment(environ)
    layers.add_secret_files(environ.get("CREDENTIALS_DIRECTORY", ""))
    return layers


def _inherited(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in _INHERITED if name in environ}


def _find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or (Path(environ["MOTCUA_CONFIG"]) if environ.get("MOTCUA_CONFIG") else None)
    if named:
        try:
            there = named.is_file()
        except OSError as error:  # a folder above it that we may not enter
            raise ConfigError([_unreadable(named, error)]) from error
        if not there:
            raise ConfigError([f"{named}: không tìm thấy tệp cấu hình này / there is no such settings file"])
        return named
    found = next((place for place in (Path(FILE_NAME), _SYSTEM_FILE) if _is_there(place)), None)
    if found is None and not any(name.startswith("MOTCUA_") and "__" in name for name in environ):
        where = f"không tìm thấy {FILE_NAME} ở thư mục này hay {_SYSTEM_FILE} / no settings here nor there"
        raise ConfigError([f"{where}; hãy chạy `motcua init` hoặc dùng --config / run it, or use --config"])
    return found


def _is_there(place: Path) -> bool:
    """Whether there is such a file; in a folder we may not enter (root's home, from which sudo came) there is none."""
    try:
        return place.is_file()
    except PermissionError:
        return False


def _unreadable(file: Path, error: OSError) -> str:
    return f"{file}: không đọc được / cannot be read: {error.strerror}"


def _parse(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError([_unreadable(file, error)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{file}: phải lưu bằng bảng mã UTF-8 / must be saved as UTF-8"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{file}: sai cú pháp / wrong TOML: {error}"]) from error


def _validate(layers: Layers) -> Settings:
    problems = [*layers.problems, *_needed(layers)]
    try:
        settings = Settings.model_validate(layers.resolved())
    except ValidationError as error:
        # `from None`: pydantic's own text would print the values it was given, secrets among them.
        raise ConfigError([*problems, *sentences(error, layers.origin)]) from None
    if problems:
        raise ConfigError(problems)
    return settings


def _needed(layers: Layers) -> list[str]:
    """What must be there before anything may be sent. In shadow mode nothing of Zalo is needed."""
    if layers.get("sending", "mode") not in {SendingMode.ON.value, SendingMode.ALLOW_LIST.value}:
        return []
    missing = [key for key in ("app_id", "app_secret") if not layers.get("zalo", key)]
    where = layers.origin(("sending", "mode"))
    return [f"{where}: zalo.{key}: cần có khi sending.mode không phải là off / needed unless off" for key in missing]
