"""The working folder of one installation, between servers that are processes of their own."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from adapter import config
from adapter.cli.mapping import approved
from adapter.simulators.onestop.records import VIETNAM
from adapter.store.cipher import create_keys
from adapter.store.migrate import upgrade
from adapter.wiring.house import House, open_house
from tests.benchmarks.processes import ROOT
from tests.benchmarks.servers import Servers
from tests.towns import APP, OA, SECRET, no_quiet_hours

ACCOUNT = {"SOAP_USER": "motcua", "SOAP_PASSWORD": "mat-khau-thu"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder with its own database, keys, mapping set and tokens."""

    folder: Path
    servers: Servers
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The settings of the daemon and of the clients here."""
        zalo = self.servers.zalo
        return {
            "MOTCUA_CONFIG": str(self.folder / "motcua.toml"),
            "MOTCUA_STORE__URL": f"sqlite:///{self.folder}/motcua.db",
            "MOTCUA_STORE__KEYS": str(self.folder / "keys.json"),
            "MOTCUA_MAPPING__FOLDER": str(self.folder / "mappings" / "vinhphuc"),
            "MOTCUA_ONESTOP__ENDPOINT": self.servers.onestop,
            "MOTCUA_ONESTOP__USERNAME": ACCOUNT["SOAP_USER"],
            "MOTCUA_ONESTOP__PASSWORD": ACCOUNT["SOAP_PASSWORD"],
            "MOTCUA_ZALO__APP_ID": APP,
            "MOTCUA_ZALO__APP_SECRET": SECRET,
            "MOTCUA_ZALO__OA_ID": OA,
            "MOTCUA_ZALO__OAUTH_URL": f"{zalo}/oauth",
            "MOTCUA_ZALO__OPENAPI_URL": f"{zalo}/openapi",
            "MOTCUA_ZALO__BUSINESS_URL": f"{zalo}/business",
            "MOTCUA_ZALO__OA_PER_MINUTE": "0",
            "MOTCUA_SENDING__MODE": "on",
            "MOTCUA_SENDING__HOLD_ABOVE": "1000000",
            "MOTCUA_HEALTH__LISTEN": "",
            **self.extra,
        }

    def house(self) -> House:
        """Everything joined, in this process; the caller closes it."""
        return open_house(config.load(self.folder / "motcua.toml", self.environ))

    def renew(self) -> None:
        """An empty database, and fresh tokens in it."""
        for file in self.folder.glob("motcua.db*"):
            file.unlink()
        upgrade(self.environ["MOTCUA_STORE__URL"])
        pair = self.servers.order("tokens")
        house = self.house()
        house.tokens.set_pair(pair["access_token"], pair["refresh_token"])
        house.close()

    def naive(self, database: str = "naive.db") -> tuple[list[str], dict[str, str]]:
        """Arguments and environment of the naive program: the last day, its own database, fresh tokens."""
        now = datetime.now(VIETNAM)
        start, end = (moment.strftime("%d/%m/%Y %H:%M:%S") for moment in (now - timedelta(days=1), now))
        wsdl = str(self.folder / "mappings" / "vinhphuc" / "motcua.wsdl")
        path, base = str(self.folder / database), f"{self.servers.zalo}/business"
        token = self.servers.order("tokens")["access_token"]
        return [wsdl, self.servers.onestop, base, path, start, end], {**ACCOUNT, "ZALO_TOKEN": token}


def place(folder: Path, servers: Servers, *, settings: Mapping[str, str] | None = None) -> Place:
    """Set a folder up: no quiet hours, answers as large as they come, templates approved."""
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    vinhphuc = folder / "mappings" / "vinhphuc"
    no_quiet_hours(vinhphuc)
    source = (vinhphuc / "source.yaml").read_text("utf-8")
    source = re.sub(r"^max_bytes: .*$", "max_bytes: 1000MB", source, flags=re.MULTILINE)
    (vinhphuc / "source.yaml").write_text(source, "utf-8")
    (folder / "motcua.toml").write_text("", "utf-8")
    create_keys(folder / "keys.json")
    made = Place(folder=folder, servers=servers, extra=settings or {})
    made.renew()
    house = made.house()
    servers.approve(approved(house.rulebook))
    house.close()
    return made
