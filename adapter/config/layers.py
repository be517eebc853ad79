"""The layers settings come from, laid over one another, each value with the place it was written at."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from adapter.config.problems import SECRETS, keys_of, nearest
from adapter.config.settings import MappingSettings, Settings, StoreSettings

PREFIX = "MOTCUA_"
_LISTS = frozenset({("onestop", "hosts"), ("sending", "allow"), ("alarm", "command"), ("alarm", "smtp_to")})
_PATHS = frozenset({("store", "keys"), ("mapping", "folder")})
_OPTIONAL_PATHS = frozenset(
    {
        ("onestop", "ca_file"),
        ("onestop", "client_cert_file"),
        ("onestop", "client_key_file"),
        ("zalo", "ca_file"),
        ("alarm", "smtp_ca_file"),
    }
)
_SQLITE = "sqlite:///"
#: Defaults that are paths: laid below everything so that they too become relative to the settings' folder.
_DEFAULTS: dict[tuple[str, str], object] = {
    ("store", "url"): StoreSettings.model_fields["url"].default,
    ("store", "keys"): str(StoreSettings.model_fields["keys"].default),
    ("mapping", "folder"): str(MappingSettings.model_fields["folder"].default),
}


class Layers:
    """Raw values by (section, key); a later layer replaces an earlier one. Gathers problems, raises nothing."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self._folder = folder
        self._values: dict[tuple[str, str], object] = {}
        self._odd: dict[str, object] = {}  # a section that is no table, and unknown sections that are empty
        self._origins: dict[tuple[str, ...], str] = {}

    def add_file(self, name: str, content: Mapping[str, object]) -> None:
        """Lay a parsed settings file over what is there."""
        for section, keys in content.items():
            self._origins[(section,)] = name
            if not isinstance(keys, dict) or not keys:
                self._odd[section] = keys
                continue
            for key, value in keys.items():
                self._values[section, str(key)] = value
                self._origins[section, str(key)] = name

    def add_environment(self, environ: Mapping[str, str]) -> None:
        """Lay ``MOTCUA_SECTION__NAME`` over what is there. A name one underscore short is a problem, not ignored."""
        meant = {f"{section}_{key}": (section, key) for section in Settings.model_fields for key in keys_of(section)}
        for name in sorted(environ):
            section, found, key = name.removeprefix(PREFIX).lower().partition("__")
            if not name.startswith(PREFIX):
                continue
            if found:
                self._put(section, key, self._from_text(section, key, environ[name], name), f"biến môi trường {name}")
            elif section in meant:
                right = PREFIX + "__".join(meant[section]).upper()
                self.problems.append(
                    f"biến môi trường {name}: cần hai dấu gạch dưới / two underscores{nearest(name, [right])}"
                )

    def add_secret_files(self, credentials: str) -> None:
        """Read what ``*_file`` keys name and what systemd hands over in its credentials folder."""
        for section, key in sorted(SECRETS):
            named = self._values.pop((section, f"{key}_file"), None)
            origin = self._origins.get((section, f"{key}_file"), "")
            if named is not None and self.get(section, key):
                self.problems.append(f"{origin}: {section}: chỉ ghi một trong hai / one of the two: {key}, {key}_file")
            elif named is not None:
                self._read(section, key, self._folder / str(named), f"{origin}: {section}.{key}_file")
            handed = Path(credentials, f"{section}.{key}")
            # An empty one is a secret that is not there yet: systemd 252 knows no credential that may be missing.
            if credentials and handed.is_file() and handed.stat().st_size:
                self._read(section, key, handed, str(handed))
        if credentials and Path(credentials, "store.keys").is_file():
            self._put("store", "keys", str(Path(credentials, "store.keys").resolve()), credentials)

    def get(self, section: str, key: str) -> object:
        """The raw value as it stands; None when nobody wrote one."""
        return self._values.get((section, key))

    def origin(self, place: tuple[str, ...]) -> str:
        """Where a value was written: a file, an environment variable or a credential."""
        return self._origins.get(place[:2]) or self._origins.get(place[:1]) or "cấu hình"

    def resolved(self) -> dict[str, object]:
        """Everything by section, with paths made absolute."""
        sections: dict[str, object] = dict(self._odd)
        for (section, key), value in (_DEFAULTS | self._values).items():
            known = sections.setdefault(section, {})
            if isinstance(known, dict):
                known[key] = self._absolute(section, key, value)
        return sections

    def _put(self, section: str, key: str, value: object, origin: str) -> None:
        # A value and its file are two ways to say the same: the later layer's way wins, whichever it is.
        twin = key.removesuffix("_file") if key.endswith("_file") else f"{key}_file"
        if (section, key.removesuffix("_file")) in SECRETS:
            self._values.pop((section, twin), None)
        self._values[section, key] = value
        self._origins[section, key] = origin
        self._origins.setdefault((section,), origin)

    def _from_text(self, section: str, key: str, text: str, name: str) -> object:
        if (section, key) not in _LISTS:
            return text
        try:
            return json.loads(text) if text.startswith("[") else shlex.split(text)
        except ValueError:
            self.problems.append(
                f'biến môi trường {name}: ghi một danh sách như ["a", "b"] hay a b / write such a list'
            )
            return []

    def _read(self, section: str, key: str, file: Path, origin: str) -> None:
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "không phải UTF-8 / no UTF-8"
            self.problems.append(f"{origin}: không đọc được tệp bí mật / cannot read the secret {file}: {reason}")
            return
        if not secret:
            self.problems.append(f"{origin}: tệp bí mật {file} trống / is empty")
        self._put(section, key, secret, origin)

    def _absolute(self, section: str, key: str, value: object) -> object:
        if not isinstance(value, str):
            return value
        if (section, key) in _PATHS or (value and (section, key) in _OPTIONAL_PATHS):
            return str(self._folder / value)
        place = value.removeprefix(_SQLITE)
        if (section, key) == ("store", "url") and place != value and place not in {"", ":memory:"}:
            return _SQLITE + str(self._folder / place)
        return value
