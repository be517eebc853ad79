"""Memory stays flat however large the answer: a process of its own reads 10,000 and 100,000 rows."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.onestop.hostile import envelope, listing, row

READER = """
import sys
from pathlib import Path
from tests.onestop.hostile import WINDOW, source
with source(sys.argv[1], max_bytes=10**9, read_timeout=30.0, deadline=60.0) as door:
    count = sum(1 for _ in door.changes(WINDOW, ""))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(count, status["VmHWM"].split()[0])  # ru_maxrss begins with what the tests had used, and would hide a growth
"""


SEAMS = {"": "", "apart": "</Result><Result>"}
"""What stands behind each row: nothing, or the end of its list and the beginning of another."""


class _Endless(BaseHTTPRequestHandler):
    """Answers with as many rows as the path says, made while they are sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        number, _, between = self.path.strip("/").partition("/")
        count, seam = int(number), SEAMS[between]
        before, after = envelope(listing("|", count)).split(b"|")
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(before)
        for start in range(0, count, 500):
            rows = (row(number, "NGUYỄN THỊ MẪU " * 20) for number in range(start, start + 500))
            self.wfile.write("".join(text + seam for text in rows).encode())
        self.wfile.write(after)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Endless) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def megabytes_for(url: str, rows: int, between: str) -> float:
    said = subprocess.run(
        [sys.executable, "-c", READER, f"{url}/{rows}/{between}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    count, kilobytes = map(int, said.stdout.split())
    assert count == rows
    return kilobytes / 1024


@pytest.mark.parametrize("between", SEAMS)
def test_ten_times_the_rows_take_no_more_memory(between: str) -> None:
    with serving() as url:
        assert megabytes_for(url, 100_000, between) - megabytes_for(url, 10_000, between) <= 10
