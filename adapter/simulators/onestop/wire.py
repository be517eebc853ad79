"""The last metres: an answer as bytes on the socket, whole or cut, quick or dripping, framed in any of three ways."""

import threading
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from typing import Final

from adapter.simulators.onestop.answers import Answer
from adapter.simulators.onestop.knobs import Knobs

_BLOCK: Final = 64 * 1024
_DRIPS_A_SECOND: Final = 10


def framing(answer: Answer, knobs: Knobs) -> dict[str, str]:
    """The HTTP headers that announce the body as `send` will write it."""
    headers = {"Content-Type": knobs.content_type or answer.content_type}
    if knobs.gzip:
        headers["Content-Encoding"] = "gzip"
    if _is_chunked(answer, knobs):
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(answer.length)
    return headers


def send(out: BufferedIOBase, answer: Answer, knobs: Knobs, stop: threading.Event) -> bool:
    """Write the body; False when it was cut short and the connection must be closed. `stop` ends a slow drip.

    Raises ConnectionError when the other side has gone.
    """
    chunked = _is_chunked(answer, knobs)
    blocks = _blocks(_gzipped(answer.parts) if knobs.gzip else answer.parts)
    if knobs.drip:
        blocks = _dripping(blocks, knobs.drip, stop)
    left = knobs.truncate_after
    for block in blocks:
        whole = left is None or len(block) <= left
        written = block if whole else block[:left]
        out.write(b"%x\r\n%b\r\n" % (len(written), written) if chunked and written else written)
        if not whole:
            return False
        left = left - len(block) if left is not None else None
    if left == 0:
        return False  # cut exactly at the end: of a chunked answer only the closing chunk is missing
    if chunked:
        out.write(b"0\r\n\r\n")
    return not stop.is_set()


def _is_chunked(answer: Answer, knobs: Knobs) -> bool:
    return knobs.chunked or knobs.gzip or answer.length is None


def _blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Small parts joined into blocks of about 64 KB: one write for many records, never one string for all."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _gzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _dripping(blocks: Iterable[bytes], rate: int, stop: threading.Event) -> Iterator[bytes]:
    drop = max(1, rate // _DRIPS_A_SECOND)
    for block in blocks:
        for start in range(0, len(block), drop):
            if stop.wait(drop / rate):
                return
            yield block[start : start + drop]
