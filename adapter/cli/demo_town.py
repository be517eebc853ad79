"""The demo's town: a working folder made as an operator makes one, two simulators, and the real daemon between them."""

import json
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from adapter import config
from adapter.cli.demo_company import Company
from adapter.cli.demo_door import HOST, Door
from adapter.cli.mapping import approved
from adapter.config import FILE_NAME, Settings
from adapter.errors import MappingError
from adapter.model import Phone, Rulebook
from adapter.wiring.books import read_mapping

DAEMON = "motcua"
_APP, _SECRET, _OA = "4000000000000000001", "bi-mat-gia-lap", "5000000000000000001"
_USER, _PASSWORD = "motcua", "mat-khau-thu"
_LINKED_EVERY = 3  # every third citizen follows the OA and is linked
_WITHOUT_ZALO = (1, 7, 13)  # places in the cast of the few that have no Zalo: a refusal must show

_SETTINGS = """# Bản trình diễn: mọi địa chỉ đều là máy này. / A demo: everything is on this machine.
[sending]
mode = "on"

[onestop]
endpoint = "{onestop}/ws/motcua.asmx"
username = "{user}"
password = "{password}"

[zalo]
app_id = "{app}"
app_secret = "{secret}"
oa_id = "{oa}"
oauth_url = "{zalo}/oauth"
openapi_url = "{zalo}/openapi"
business_url = "{zalo}/business"

[poll]
every = "2s"

[health]
listen = "{host}:{health}"

[log]
format = "text"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The running town."""

    folder: Path
    settings: Settings
    rulebook: Rulebook
    onestop: Door
    zalo: Door
    health: Door


def set_up(company: Company, citizens: Sequence[Phone], tell: Callable[[str], None]) -> Town:
    """Make the folder, start the simulators, give tokens and links, start the daemon; returns when it is ready.

    ``tell`` is called with a sentence before each step.
    Raises Failure with what went wrong, StoppedError when the bell rings meanwhile.
    """
    folder = company.folder
    onestop, zalo, health = (Door(port) for port in _free_ports(3))
    (folder / "log").mkdir()
    tell("1. Hệ thống một cửa giả lập và bản cài đặt mới / simulated one-stop, new installation: motcua init")
    _start_onestop(company, onestop)
    company.order("init", str(folder))
    _no_quiet_hours(folder / "mappings" / "vinhphuc")
    _write_settings(folder / FILE_NAME, onestop, zalo, health)
    settings = config.load(folder / FILE_NAME, {})
    rulebook = _rulebook(settings)
    tell("2. Zalo giả lập / simulated Zalo")
    _start_zalo(company, zalo, rulebook)
    company.wait_for(onestop, "/_control/health")
    company.wait_for(zalo, "/_control/health")
    tell("3. Mã truy cập và liên kết / tokens and links: motcua zalo token set, motcua links import")
    _people(company, zalo, citizens)
    tell("4. Chương trình / the program: motcua run")
    company.start(DAEMON, "run")
    company.wait_for(health, "/readyz")
    return Town(folder=folder, settings=settings, rulebook=rulebook, onestop=onestop, zalo=zalo, health=health)


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on now. Somebody could take one before we do; that process then says so and ends."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _no_quiet_hours(mapping: Path) -> None:
    """A demo runs at any hour; the screen says so."""
    calendar = mapping / "calendar.yaml"
    kept = [line for line in calendar.read_text("utf-8").splitlines() if not line.startswith("quiet")]
    calendar.write_text("\n".join(kept) + "\n", "utf-8")


def _write_settings(path: Path, onestop: Door, zalo: Door, health: Door) -> None:
    """Over the file that ``init`` wrote, whose access rights stay."""
    known = {"user": _USER, "password": _PASSWORD, "app": _APP, "secret": _SECRET, "oa": _OA, "host": HOST}
    path.write_text(_SETTINGS.format(onestop=onestop.url, zalo=zalo.url, health=health.port, **known), "utf-8")


def _rulebook(settings: Settings) -> Rulebook:
    rulebook, problems = read_mapping(settings)
    if rulebook is None:
        raise MappingError(problems)
    return rulebook


def _start_onestop(company: Company, onestop: Door) -> None:
    # Its own story would begin in days: the demo tells one over the control endpoint and can freeze it at the end.
    still = ("--dossiers", "1", "--pace", "0.000001", "--username", _USER, "--password", _PASSWORD)
    journal = ("--journal", str(company.folder / "log" / "onestop.jsonl"))
    company.start("onestop", "simulate", "onestop", "--port", str(onestop.port), *still, *journal)


def _start_zalo(company: Company, zalo: Door, rulebook: Rulebook) -> None:
    templates = company.folder / "templates.json"
    templates.write_text(json.dumps(approved(rulebook), ensure_ascii=False), "utf-8")
    app = ("--app-id", _APP, "--app-secret", _SECRET, "--oa-id", _OA, "--latency", "0.1")
    journal = ("--journal", str(company.folder / "log" / "zalo.jsonl"))
    company.start("zalo", "simulate", "zalo", "--port", str(zalo.port), "--templates", str(templates), *app, *journal)


def _people(company: Company, zalo: Door, citizens: Sequence[Phone]) -> None:
    """A third of the citizens follow the OA and are linked, a few have no Zalo; then the operator's two commands."""
    linked = {phone: f"7{place:017d}" for place, phone in enumerate(citizens, 1) if place % _LINKED_EVERY == 0}
    without = [citizens[place] for place in _WITHOUT_ZALO if place < len(citizens) and citizens[place] not in linked]
    users: list[dict[str, object]] = [
        {"uid": uid, "phone": phone.value, "follows": True} for phone, uid in linked.items()
    ]
    users += [{"phone": phone.value, "has_zalo": False} for phone in without]
    zalo.post("/_control/users", {"items": users})
    pair = zalo.post("/_control/tokens", {})
    company.order("zalo", "token", "set", "--by", "demo", given=json.dumps(pair))
    if not linked:
        return
    proved = datetime.now(UTC).isoformat(timespec="seconds")
    rows = [f"{uid},phone,{phone.value},import,{proved}" for phone, uid in linked.items()]
    file = company.folder / "links.csv"
    file.write_text("\n".join(["uid,kind,value,proof,proved_at", *rows]) + "\n", "utf-8")
    company.order("links", "import", str(file), "--by", "demo")
