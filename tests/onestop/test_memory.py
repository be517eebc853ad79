"""Memory stays flat however large the answer: a process of its own reads 10,000 and 100,000 rows."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.onestop.hostile import envelope, listing, row

READER = """
import resource, sys
from datetime import timedelta
from tests.onestop.hostile import WINDOW, source
with source(sys.argv[1], max_bytes=10**9, read_timeout=30.0, deadline=60.0) as door:
    count = sum(1 for _ in door.changes(WINDOW, ""))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class _Endless(BaseHTTPRequestHandler):
    """Answers with as many rows as the path says, made while they are sent."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        count = int(self.path.strip("/"))
        before, after = envelope(listing("|", count)).split(b"|")
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(before)
        for start in range(0, count, 500):
            rows = (row(number, "NGUYỄN THỊ MẪU " * 20) for number in range(start, start + 500))
            self.wfile.write("".join(rows).encode())
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


def megabytes_for(url: str, rows: int) -> float:
    said = subprocess.run(
        [sys.executable, "-c", READER, f"{url}/{rows}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    count, kilobytes = map(int, said.stdout.split())
    assert count == rows
    return kilobytes / 1024


def test_ten_times_the_rows_take_no_more_memory() -> None:
    with serving() as url:
        assert megabytes_for(url, 100_000) - megabytes_for(url, 10_000) <= 10
