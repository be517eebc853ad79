"""The baseline: what a competent user would write in an afternoon. A client of ``tests.benchmarks``.

Whole zeep objects, one commit for each row, one fresh ``requests.post`` for each message with tenacity round it. No
outbox, no lease, no ledger, no encryption, no order. Dialect D1 of the reference; a phone template per changed dossier.
Usage: naive.py WSDL ENDPOINT ZBS_BASE DATABASE FROM TO; the account and the token stand in the environment.
"""

import json
import os
import re
import sqlite3
import sys
from typing import Any

import requests
import tenacity
import zeep

from tests.benchmarks.processes import Stopwatch

_zeep: Any = zeep  # half typed

PAGE = 500
RULES = {"2": "900002", "3": "900003", "4": "900004", "5": "900005", "9": "900009", "10": "900010"}
"""Status -> template id."""


def main(wsdl: str, endpoint: str, base: str, path: str, *window: str) -> None:
    """Read a window, tell everybody; prints how many rows were read and how many messages sent."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS dossier(ma TEXT PRIMARY KEY, status TEXT, updated TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS sent(ma TEXT, status TEXT, answer TEXT, PRIMARY KEY(ma, status))")
    start, end = window
    client: Any = _zeep.Client(wsdl)
    service = client.create_service(next(iter(client.wsdl.bindings)), endpoint)
    header = client.get_element("ns0:AuthHeader")
    login = header(Username=os.environ["SOAP_USER"], Password=os.environ["SOAP_PASSWORD"])
    watch = Stopwatch()
    read = sent = 0
    while True:
        page = service.LayDanhSachHoSo(
            tuNgay=start, denNgay=end, maDonVi="", pStartRowIndex=read, pPageSize=PAGE, _soapheaders=[login]
        )
        rows = page.Result.HoSo if page.Result else []
        if not rows:
            watch.report(records=read, messages=sent)
            return
        read += len(rows)
        sent += sum(told(db, base, row) for row in rows)


def told(db: sqlite3.Connection, base: str, row: Any) -> bool:
    """Tell the applicant of a row that changed."""
    status = str(row.TrangThaiHoSo)
    known = db.execute("SELECT status FROM dossier WHERE ma=?", (row.MaHoSo,)).fetchone()
    if known and known[0] == status:
        return False
    db.execute("INSERT OR REPLACE INTO dossier VALUES(?,?,?)", (row.MaHoSo, status, str(row.NgayCapNhat)))
    db.commit()
    to = phone(row.SoDienThoai)
    if not to or status not in RULES:
        return False
    data = {
        "ten": (row.ChuHoSo or "")[:30],
        "ma_ho_so": row.MaHoSo[:30],
        "thu_tuc": (row.TenTTHC or "")[:200],
        "ngay_hen": (row.NgayHenTra or "")[:20],
    }
    tracking = f"{row.MaHoSo}-{status}"[:48]
    answer = send(base, {"phone": to, "template_id": RULES[status], "template_data": data, "tracking_id": tracking})
    db.execute("INSERT OR REPLACE INTO sent VALUES(?,?,?)", (row.MaHoSo, status, json.dumps(answer)))
    db.commit()
    return True


@tenacity.retry(stop=tenacity.stop_after_attempt(5), wait=tenacity.wait_exponential(max=30), reraise=True)
def send(base: str, message: dict[str, Any]) -> Any:
    """One message, on a connection of its own."""
    headers = {"access_token": os.environ["ZALO_TOKEN"]}
    answer = requests.post(f"{base}/message/template", json=message, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()


def phone(text: str | None) -> str | None:
    """A mobile number as Zalo wants it."""
    digits = re.sub(r"\D", "", text or "")
    if len(digits) == 11 and digits.startswith("84"):
        return digits
    return "84" + digits[1:] if len(digits) == 10 and digits.startswith("0") else None


if __name__ == "__main__":
    main(*sys.argv[1:7])
