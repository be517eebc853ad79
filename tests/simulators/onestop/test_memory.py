import http.client
import subprocess
import sys

import pytest

from tests.simulators.onestop.asking import SOAP11, envelope, http_headers

# The codes differ, the big XML is shared: what the answer costs must not hide behind what the province costs.
PROVINCE = """
import dataclasses, resource, sys
from datetime import UTC, datetime
from adapter.simulators.onestop.bulk import bulk
from adapter.simulators.onestop.server import OnestopSimulator

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

bodies = list(bulk(100, 1, first=datetime(2026, 11, 23, 1, tzinfo=UTC)))
with OnestopSimulator() as simulator:
    simulator.province.load(dataclasses.replace(bodies[n % 100], code=str(n)) for n in range(100_000))
    print(peak_mb(), simulator.url.split("/")[2], flush=True)
    sys.stdin.readline()
    print(peak_mb(), flush=True)
"""


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_answer_of_a_hundred_thousand_records_costs_less_than_a_hundred_megabytes(framing: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROVINCE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before, address = process.stdout.readline().split()
        records, size = read_everything(address, chunked=framing == "chunked")
        process.stdin.write("\n")
        process.stdin.flush()
        after = process.stdout.readline()
    assert records == 100_000
    assert size > 180_000_000
    assert float(after) - float(before) < 100


def read_everything(address: str, *, chunked: bool) -> tuple[int, int]:
    arguments = {"tuNgay": "23/11/2026 00:00:00", "denNgay": "24/11/2026 00:00:00", "pPageSize": 100_000}
    body = envelope("LayDanhSachHoSo", arguments, soap=SOAP11, password="mat-khau-thu")
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        if chunked:
            connection.request("POST", "/_control/knobs", b'{"standing": {"chunked": true}}')
            connection.getresponse().read()
        connection.request("POST", "/ws/motcua.asmx", body, http_headers("LayDanhSachHoSo", SOAP11))
        answer = connection.getresponse()
        records = size = 0
        while block := answer.read(1 << 20):
            records += block.count(b"</HoSo")
            size += len(block)
    finally:
        connection.close()
    return records, size
