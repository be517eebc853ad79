"""Every parser of foreign bytes, what it is fed, and what it may answer. Anything else it does is a finding."""

import asyncio
import contextlib
import functools
import gzip
import json
import math
import socket
import tempfile
import warnings
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from adapter import config
from adapter.cli.failures import Failure
from adapter.cli.links_file import read_links
from adapter.cli.zalo import _pair_from
from adapter.core import mapping, phones
from adapter.errors import ConfigError, RecordError, SourceError, StoreError
from adapter.model import Accepted, Channel, Phone, Record, Refused, Rulebook, Unclear
from adapter.model import Answer as Said
from adapter.onestop import SoapSource
from adapter.onestop.answer import Answer
from adapter.onestop.contract import Contract
from adapter.onestop.exchange import Exchange
from adapter.onestop.waiting import Patience
from adapter.store.cipher import create_keys, load_keys
from adapter.zalo.answers import Reply, read_answer, read_date, read_retry_after
from adapter.zalo.client import Client
from adapter.zalo.inspect import Inspector
from adapter.zalo.oauth import Denied, Granted, NoAnswer, is_token, read_outcome
from adapter.zalo.wire import FAULTS, Wire
from tests.core.mapping.conftest import CALENDAR, FIELDS, MESSAGES, OFFICES, SOURCE, STATUSES, TEMPLATES
from tests.fuzz.mutating import mutated, pieces
from tests.listening import Listener
from tests.onestop import hostile
from tests.zalo.builders import settings as zalo_at

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SET = {
    "source.yaml": SOURCE,
    "fields.yaml": FIELDS,
    "statuses.yaml": STATUSES,
    "messages.yaml": MESSAGES,
    "templates.yaml": TEMPLATES,
    "offices.yaml": OFFICES,
    "calendar.yaml": CALENDAR,
}


@dataclass(frozen=True)
class Target:
    """One parser: ``feed`` raises whatever it should not have raised; ``slow``: fewer examples in the short run."""

    name: str
    fed: st.SearchStrategy[tuple[bytes, list[int]]]
    feed: Callable[[bytes, list[int]], None]
    slow: bool = False


def _with_cuts(data: st.SearchStrategy[bytes]) -> st.SearchStrategy[tuple[bytes, list[int]]]:
    return st.tuples(data, st.lists(st.integers(0, 100_000), max_size=4))


def _rulebook() -> Rulebook:
    folder = ROOT / "mappings" / "vinhphuc"
    rulebook, _ = mapping.load({path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")}, str(folder))
    assert rulebook is not None
    return rulebook


RULEBOOK = _rulebook()
ZALO = zalo_at("https://zalo.test", apart=True)


def soap(data: bytes, cuts: list[int]) -> None:
    """An answer of the one-stop, through to the dossier."""
    with contextlib.suppress(SourceError):
        for found in Answer(hostile.CHANGES).records(iter(pieces(data, cuts))):
            if found is not None:
                _dossier(found.inputs)


class Talker(Listener):
    """Answers every request with the bytes of this moment, in the pieces of this moment, and hangs up."""

    def __init__(self) -> None:
        super().__init__()
        self._thread.daemon = True
        self.said: list[bytes] = []

    def meet(self, connection: socket.socket) -> None:
        """One request, one answer."""
        hostile.request(connection)
        for piece in self.said:
            connection.sendall(piece)


@functools.cache
def _province() -> tuple[Talker, SoapSource]:
    talker = Talker()
    talker.__enter__()
    url = f"http://{talker.address}/ws/motcua.asmx"
    return talker, SoapSource(hostile.spec(url, max_bytes=200_000), "u", "p", lambda: NOW)


def exchange(data: bytes, cuts: list[int]) -> None:
    """A whole answer of the one-stop as it comes over the wire: status, headers, packed body; then its clock."""
    talker, onestop = _province()
    talker.said = pieces(data, cuts)
    contract, patience = onestop._asking.contract(), Patience(one_read=2.0, in_all=4.0)
    with contextlib.suppress(SourceError):
        for found in Exchange(contract, 200_000).ask(hostile.LOOKUP, {"code": "0"}, Answer(hostile.LOOKUP), patience):
            assert found is None or isinstance(found, Record)
    dated(contract.dated.encode("latin-1", "replace"), cuts)
    assert onestop.skew() is None or isinstance(onestop.skew(), float)


def dated(data: bytes, _: list[int]) -> None:
    """A Date header by itself."""
    onestop = _province()[1]
    onestop._asking.contract().dated = data.decode("latin-1")
    skew = onestop.skew()
    assert skew is None or math.isfinite(skew)


def record(data: bytes, _: list[int]) -> None:
    """A record whose fields hold anything."""
    names = ("MaHoSo", "MaDonVi", "MaTTHC", "TrangThaiHoSo", "NgayCapNhat", "NgayHenTra", "SoDienThoai", "ChuHoSo")
    texts = data.decode("utf-8", "replace").split("|")
    _dossier(dict(zip(names, texts, strict=False)))


def _dossier(inputs: Mapping[str, str]) -> None:
    try:
        dossier = mapping.read(Record(inputs=inputs), RULEBOOK)
    except RecordError:
        return
    assert dossier.as_of.tzinfo is not None
    assert isinstance(phones.parse(dossier.phones), Phone | phones.PhoneProblem)


def wsdl(data: bytes, _: list[int]) -> None:
    """The contract of a one-stop."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "motcua.wsdl")
        path.write_bytes(data)
        with contextlib.suppress(ConfigError), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # zeep tells of parts it cannot read, and goes on
            contract = Contract(hostile.spec(wsdl=str(path)), "u", "p")
            contract.close()
            contract.check(hostile.LOOKUP, {"code": "0"})


def yaml(data: bytes, cuts: list[int]) -> None:
    """A mapping set with one file changed."""
    name = sorted(SET)[(cuts or [0])[0] % len(SET)]
    rulebook, problems = mapping.load(SET | {name: data.decode("utf-8", "replace")}, "m")
    assert (rulebook is None) == bool(problems)
    assert "\n".join(map(str, problems)) or rulebook


def toml(data: bytes, _: list[int]) -> None:
    """A settings file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "motcua.toml")
        path.write_bytes(data)
        with contextlib.suppress(ConfigError):
            assert config.load(path, {}).path


def csv(data: bytes, _: list[int]) -> None:
    """A file of links."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "links.csv")
        path.write_bytes(data)
        links, problems = read_links(path)
    assert all(link.proved_at.tzinfo and link.value for link in links)
    assert all(str(problem) for problem in problems)


def answer(data: bytes, cuts: list[int]) -> None:
    """Zalo's answer to a message."""
    statuses = (200, 204, 302, 400, 401, 404, 429, 500, 502, 599)
    status = statuses[(cuts or [0])[0] % len(statuses)]
    header = data[:40].decode("latin-1")
    for channel in (Channel.PHONE, Channel.UID):
        said = read_answer(channel, Reply(status=status, body=data, retry_after=header), NOW)
        assert isinstance(said, Accepted | Refused | Unclear)
        assert not (isinstance(said, Accepted) and status >= 300)
        _can_be_kept(said)
    at = read_retry_after(header, NOW)
    assert at is None or at >= NOW


def _can_be_kept(said: Said) -> None:
    """What no database takes would be tried again in every turn, and nothing else would be settled or sent."""
    texts = [said.reference] if isinstance(said, Accepted) else [said.code]
    texts += [said.text] if isinstance(said, Refused) else []
    assert not any("\0" in text for text in texts)
    assert all(text.encode() or not text for text in texts)


@functools.cache
def _zalo() -> tuple[Talker, str]:
    talker = Talker()
    talker.__enter__()
    return talker, f"http://{talker.address}/x"


def zalo_wire(data: bytes, cuts: list[int]) -> None:
    """A whole answer of Zalo as it comes over the wire: a reply, or a fault of those that are planned for."""
    talker, url = _zalo()
    talker.said = pieces(data, cuts)

    async def ask() -> tuple[Reply, Reply]:
        wire = Wire(zalo_at(url, connect=1.0, read=1.0))
        try:
            return await wire.get(url, {}, {}), await wire.post(url, b"{}", {})
        finally:
            await wire.close()

    with contextlib.suppress(*FAULTS):
        for reply in asyncio.run(ask()):
            _can_be_kept(read_answer(Channel.PHONE, reply, NOW))
            read_date(reply.dated)


class Saying:
    """Stands where the wire to Zalo is, and brings one reply to every question."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Ask."""
        assert url
        assert headers
        del params
        return self._reply


def status(data: bytes, cuts: list[int]) -> None:
    """Zalo's answer to the question whether a message arrived."""
    found = (200, 204, 302, 400, 404, 429)[(cuts or [0])[0] % 6]
    wire: Any = Saying(Reply(status=found, body=data))
    fate = asyncio.run(Client(ZALO, wire, lambda: NOW).ask("m1", "token"))
    assert fate.arrived in {None, True, False}
    assert not (fate.token_refused and fate.arrived is not None)


def inspection(data: bytes, cuts: list[int]) -> None:
    """Zalo's answers to the questions of ``motcua doctor``."""
    found = (200, 302, 404, 500)[(cuts or [0])[0] % 4]
    wire: Any = Saying(Reply(status=found, body=data))
    inspector = Inspector(ZALO, "token")
    account = asyncio.run(inspector._account(wire))
    assert account.verified in {None, True, False}
    assert all(number is None or isinstance(number, int) for number in (account.daily, account.left))
    template = next(iter(RULEBOOK.templates.values()))
    seen = asyncio.run(inspector._template(wire, (template.name, "1"), template.zbs))
    words = (seen.code, seen.status, seen.price, seen.price_uid, *seen.lacking, *seen.extra, *seen.longer)
    assert all(len(word) <= LONGEST for word in words)


def token(data: bytes, cuts: list[int]) -> None:
    """An answer of Zalo's token endpoint."""
    status = (200, 400, 401, 429, 500)[(cuts or [0])[0] % 5]
    outcome = read_outcome(Reply(status=status, body=data))
    assert isinstance(outcome, Granted | Denied | NoAnswer)
    if isinstance(outcome, Granted):
        assert is_token(outcome.access)
        assert is_token(outcome.refresh)
        assert 0 < outcome.seconds < 2**63


def pasted(data: bytes, _: list[int]) -> None:
    """A pair of tokens as a person pastes it."""
    try:
        access, refresh = _pair_from(data.decode("utf-8", "replace"))
    except Failure:
        return
    assert access
    assert refresh


def keys(data: bytes, _: list[int]) -> None:
    """The file of keys."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "keys.json")
        path.write_bytes(data)
        path.chmod(0o600)
        with contextlib.suppress(StoreError):
            load_keys(path).seal("table.column", "1", "text")


def _key_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        create_keys(Path(folder, "keys.json"))
        return Path(folder, "keys.json").read_bytes()


def _json(*documents: object) -> list[bytes]:
    return [json.dumps(document).encode() for document in documents]


TOML = (ROOT / "adapter" / "cli" / "motcua.toml").read_bytes()
SOAP_SAMPLES = [
    hostile.envelope(hostile.listing(hostile.row(1) + hostile.row(2), 2)),
    hostile.envelope(hostile.listing("", 0)),
    hostile.envelope(hostile.listing('<HoSo xsi:nil="true"/>', 1), namespace=hostile.SOAP12),
    hostile.envelope(hostile.fault()),
    b"<!DOCTYPE html><html><body>Login</body></html>",
]
SOAP_WORDS = [
    b"<!DOCTYPE x>",
    b'<!ENTITY a "b">',
    b"<?xml?>",
    b"<HoSo>",
    b"</HoSo>",
    b"<!--",
    b"<![CDATA[",
    b' xmlns="x"',
]
YAML_WORDS = [
    b": ",
    b"- ",
    b"&a ",
    b"*a",
    b"!!python/object:os.system ",
    b"<<: *a",
    b"{",
    b"]",
    b"|",
    b"? ",
    b"%YAML 9",
    b"{ten:",
    b"---\n",
]
TOML_WORDS = [
    b"[zalo]\n",
    b"[[zalo]]\n",
    b"= 1\n",
    b'"""',
    b"1e999",
    b"0x1",
    b"1979-05-27",
    b"true",
    b"{",
    b"inf",
    b"nan",
]
JSON_WORDS = [
    b"null",
    b"true",
    b"1e999",
    b"-0",
    b"[[[[",
    b'{"error":0}',
    b"NaN",
    b"-201",
    b"99999999999999999999",
    b'"data":[]',
]
ANSWERS = _json(
    {"error": 0, "message": "Success", "data": {"msg_id": "a", "quota": {"remainingQuota": "9", "remain": 3}}},
    {"error": -124, "message": "user_id"},
    {"error": "-201", "message": "user_id"},
)
TOKENS = _json(
    {"access_token": "a", "refresh_token": "b", "expires_in": "90000"},
    {"error_name": "x", "error": -14014},
    {"error": 1},
)
CSV = [
    b"uid,kind,value,proof,proved_at\n12345,phone,0912345678,otp,02/01/0001\n12345,phone,84912345678,otp,9999-12-30T00:00-01:00\n",
    b"uid,kind,value,proof,proved_at\n2468458835296117922,phone,0912345678,counter,20/11/2026 09:30\n",
    "uid;kind;value;proof;proved_at\r\n12345;dossier;H62-1;import;2026-11-20T09:30\r\n".encode("utf-8-sig"),
]
CSV_WORDS = [b",", b";", b'""', b"1.2E+18", b"0001-01-01T00:00+23:59", b"9999-12-31T23:59-23:59", b"import", b"dossier"]
RECORDS = [
    b"000.22.33.H62-261123-0001|000.22.33.H62|2.000635|2|23/11/2026 09:00:00|2026-11-25|0912345678|A",
    b"a|b|c|5|01/01/0001 00:00:00|31/12/9999 23:59:59|02113 861 234;0912 345 678|B",
]
RECORD_WORDS = [
    b"|",
    b"00/00/0000",
    b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-12:00",
    b"/Date(99999999999999)/",
    b"+84",
]

HEADS = [
    b"Date: Mon, 23 Nov 2026 02:00:00 GMT",
    b"Content-Encoding: gzip\r\nDate: Mon, 23 Nov 2026 09:00:00 +0700",
    b"Content-Encoding: deflate\r\nSet-Cookie: a=b",
    b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked",
]


def _wire_samples() -> list[bytes]:
    """Answers as IIS and others send them: plain, gzip, deflate with and without its frame, in chunks, a fault."""
    body = SOAP_SAMPLES[0]
    bare = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bodies = [body, gzip.compress(body), zlib.compress(body), bare.compress(body) + bare.flush()]
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(bodies[3]), bodies[3])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"
    whole = [
        b"%s%s\r\nContent-Length: %d\r\n\r\n%s" % (head, own, len(packed), packed)
        for own, packed in zip(HEADS, bodies, strict=True)
        if b"chunked" not in own
    ]
    return [*whole, b"%s%s\r\n\r\n%s" % (head, HEADS[3], chunked), hostile.http(SOAP_SAMPLES[3], status=500)]


def _zalo_samples() -> list[bytes]:
    """Answers of Zalo and of a gateway in front of it."""
    taken, refused, _ = ANSWERS
    plain = b"HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: %d\r\n\r\n%s" % (DATES[0], len(taken), taken)
    parts = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(refused), refused)
    turned_away = b"HTTP/1.1 429 Ch\xe2\xac l\xe1\xba\xa1i\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"
    return [plain, parts, turned_away]


WIRE_WORDS = [
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/0.9",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: 1, 2\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: br, gzip\r\n",
    b"Content-Type: text/\x1b]0;x\x07\r\n",
    b"Date: Mon, 23 Nov 2026 02:00:00 +99999999999999999999\r\n",
    b"Location: http://127.0.0.1:9/\r\n",
    b"\r\n\r\n",
    b"FFFFFFFFFFFFFFFFF\r\n",
]
DATES = [
    b"Mon, 23 Nov 2026 02:00:00 GMT",
    b"Mon, 23 Nov 2026 02:00:00 +99999999999",
    b"Mon, 23-Nov-26 02:00:00 +0700",
    b"23 Nov 0001 02:00 -0000",
]
DATE_WORDS = [
    b"+99999999999999999999",
    b"-2359",
    b"+2400",
    b"99999999999999999999",
    b"31 Dec 9999",
    b"24:00:00",
    b"GMT+7",
]
FATES = _json(
    {"error": 0, "message": "Success", "data": {"status": 1, "delivery_time": "2026-11-23 09:00:00"}},
    {"error": 0, "data": {"status": "0"}},
    {"error": -216, "message": "Access token is invalid"},
)
INSPECTIONS = _json(
    {"error": 0, "data": {"is_verified": True, "dailyQuota": "500", "remainingQuota": 499}},
    {
        "error": 0,
        "data": {
            "status": "ENABLE",
            "price_sdt": 200,
            "price_uid": "140",
            "listParams": [{"name": "ten", "require": True, "maxLength": 30, "type": "STRING"}, {"name": "ngay"}],
        },
    },
    {"error": "-109", "message": "Template not found"},
    {"error": 0, "data": {"status": "E" * 200, "price": [1] * 99, "listParams": [{"name": "x" * 200}]}},
)
LONGEST = 100
"""Longer than any word that a finding of the doctor's may quote from Zalo."""

TARGETS = (
    Target("exchange", _with_cuts(mutated(_wire_samples(), WIRE_WORDS)), exchange, slow=True),
    Target("dated", _with_cuts(mutated(DATES, DATE_WORDS)), dated),
    Target("status", _with_cuts(mutated(FATES, JSON_WORDS)), status),
    Target("inspection", _with_cuts(mutated(INSPECTIONS, JSON_WORDS)), inspection),
    Target("soap", _with_cuts(mutated(SOAP_SAMPLES, SOAP_WORDS)), soap),
    Target("record", _with_cuts(mutated(RECORDS, RECORD_WORDS)), record),
    Target("wsdl", _with_cuts(mutated([hostile.WSDL.read_bytes()], SOAP_WORDS)), wsdl, slow=True),
    Target("yaml", _with_cuts(mutated([text.encode() for text in SET.values()], YAML_WORDS)), yaml, slow=True),
    Target("toml", _with_cuts(mutated([TOML, TOML.replace(b"\n# ", b"\n")], TOML_WORDS)), toml),
    Target("csv", _with_cuts(mutated(CSV, CSV_WORDS)), csv),
    Target("answer", _with_cuts(mutated(ANSWERS, JSON_WORDS)), answer),
    Target("zalo_wire", _with_cuts(mutated(_zalo_samples(), WIRE_WORDS)), zalo_wire, slow=True),
    Target("token", _with_cuts(mutated(TOKENS, JSON_WORDS)), token),
    Target("pasted", _with_cuts(mutated([*TOKENS, b"access refresh"], JSON_WORDS)), pasted),
    Target("keys", _with_cuts(mutated([_key_file()], JSON_WORDS)), keys),
)
