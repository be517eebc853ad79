"""A town for tests: a simulated province, a simulated Zalo, and a working folder as an operator would have it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapter import config
from adapter.cli.mapping import approved
from adapter.core import mapping
from adapter.model import Rulebook
from adapter.simulators.onestop.server import OnestopSimulator
from adapter.simulators.zalo.simulator import ZaloSimulator
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from adapter.wiring.books import read_mapping
from adapter.wiring.house import House, open_house

ROOT = Path(__file__).parent.parent
APP, SECRET, OA = "1234567890123456789", "app-secret-for-tests", "579745863508352884"


@dataclass
class Town:
    """Everything that stands around one installation."""

    folder: Path
    province: OnestopSimulator
    zalo: ZaloSimulator
    database: str = ""
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The settings, as environment of a process or of ``config.load``."""
        url = self.zalo.url
        return {
            "MOTCUA_STORE__URL": self.database or f"sqlite:///{self.folder}/motcua.db",
            "MOTCUA_STORE__KEYS": str(self.folder / "keys.json"),
            "MOTCUA_MAPPING__FOLDER": str(self.folder / "mappings" / "vinhphuc"),
            "MOTCUA_ONESTOP__ENDPOINT": self.province.url,
            "MOTCUA_ONESTOP__USERNAME": "motcua",
            "MOTCUA_ONESTOP__PASSWORD": "mat-khau-thu",
            "MOTCUA_ZALO__APP_ID": APP,
            "MOTCUA_ZALO__APP_SECRET": SECRET,
            "MOTCUA_ZALO__OA_ID": OA,
            "MOTCUA_ZALO__OAUTH_URL": f"{url}/oauth",
            "MOTCUA_ZALO__OPENAPI_URL": f"{url}/openapi",
            "MOTCUA_ZALO__BUSINESS_URL": f"{url}/business",
            "MOTCUA_SENDING__MODE": "on",
            "MOTCUA_POLL__EVERY": "1s",
            "MOTCUA_HEALTH__LISTEN": "",
            **self.extra,
        }

    def settings(self) -> config.Settings:
        """The settings as our own process reads them."""
        return config.load(self.folder / "motcua.toml", self.environ)

    @contextlib.contextmanager
    def house(self) -> Iterator[House]:
        """Everything joined, in this process."""
        house = open_house(self.settings())
        try:
            yield house
        finally:
            house.close()

    def rulebook(self) -> Rulebook:
        """The mapping set of the town."""
        rulebook, problems = read_mapping(self.settings())
        assert rulebook is not None, "\n".join(map(str, problems))
        return rulebook

    def give_tokens(self) -> None:
        """What the operator does once with the API Explorer."""
        pair = self.zalo.issue_tokens()
        with self.house() as house:
            house.tokens.set_pair(pair.access_token, pair.refresh_token)

    def own_pair(self) -> None:
        """Let the pair become the program's own, as `motcua zalo token set` and a daemon's first second do.

        Who is killed or frozen in just that moment has lost the pair for good, as at Zalo (zalo.md 1.3): a trial of
        anything else would show only that.
        """
        with self.house() as house:
            house.tokens.refresh_if_due()

    def process(self, *arguments: str, module: str = "adapter", **environ: str) -> "subprocess.Popen[bytes]":
        """The real program as a process of its own."""
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "HOME") if name in os.environ}
        with (self.folder / "daemon.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, "--config", str(self.folder / "motcua.toml"), *arguments],
                env=inherited | {"PYTHONPATH": str(ROOT)} | self.environ | environ,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def log(self) -> str:
        """What the processes have logged."""
        return (self.folder / "daemon.log").read_text("utf-8")

    def logged(self) -> list[dict[str, Any]]:
        """The same, line by line; one that is being written does not count yet."""
        whole, _, _ = self.log().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


def no_quiet_hours(folder: Path) -> None:
    """Tests run at any hour: the town's calendar has no quiet ones."""
    calendar = folder / "calendar.yaml"
    kept = [line for line in calendar.read_text("utf-8").splitlines() if not line.startswith("quiet")]
    calendar.write_text("\n".join(kept) + "\n", "utf-8")


@contextlib.contextmanager
def town(folder: Path, *, database: str = "", settings: Mapping[str, str] | None = None) -> Iterator[Town]:
    """A town with its two servers running, its folder set up, its database migrated and its tokens given."""
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    no_quiet_hours(folder / "mappings" / "vinhphuc")
    (folder / "motcua.toml").write_text("", "utf-8")
    create_keys(folder / "keys.json")
    files = {path.name: path.read_text("utf-8") for path in (folder / "mappings" / "vinhphuc").glob("*.yaml")}
    rulebook, problems = mapping.load(files, str(folder / "mappings" / "vinhphuc"))
    assert rulebook is not None, "\n".join(map(str, problems))
    with (
        OnestopSimulator() as province,
        ZaloSimulator(app_id=APP, app_secret=SECRET, oa_id=OA, templates=approved(rulebook)) as zalo,
    ):
        place = Town(folder, province, zalo, database, dict(settings or {}))
        upgrade(place.environ["MOTCUA_STORE__URL"], folder / "keys.json")
        place.give_tokens()
        yield place


def journal_keys(town_: Town) -> list[str]:
    """The tracking id or, for uid messages which have none, what was said to whom: one string per acceptance."""
    return [row["tracking_id"] or json.dumps([row["uid"], row["template_data"]]) for row in town_.zalo.journal()]
