"""An answer's bytes: unpacked piece by piece, under one ceiling, every break named."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

import requests
import urllib3.exceptions

from adapter.errors import SourceError, SourceFault
from adapter.onestop import faults

_GZIP: Final = 0x1F
_DEFLATE_METHOD: Final = 0x0F
_PIECE: Final = 64 * 1024
_PLAIN: Final = frozenset({"", "identity"})
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})


def pieces(response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    """The unpacked bytes of a streamed answer, at most 64 KiB at a time.

    The ceiling holds for the bytes on the wire and for the unpacked ones, so that neither a packed bomb nor an endless
    stream of empty packages passes. Raises SourceError: TOO_LARGE, TIMEOUT, TRUNCATED, MALFORMED, NOT_SOAP.
    """
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    wire = _capped(_wire(response), max_bytes)
    if coding in _PLAIN:
        return wire
    if coding in _PACKED:
        return _capped(_unpacked(wire), max_bytes)
    raise SourceError(
        SourceFault.NOT_SOAP, f"the answer is packed as {faults.redacted(coding)}, which nobody asked for"
    )


def _wire(response: requests.Response) -> Iterator[bytes]:
    while True:
        left = response.raw.length_remaining
        if left == 0:
            return
        try:
            # read1 gives what is there; read would wait until all 64 KiB have dripped in.
            piece = response.raw.read1(_PIECE if left is None else min(left, _PIECE), decode_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise faults.from_transport(error) from None
        if not piece:
            return
        yield piece


def _capped(many: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    size = 0
    for piece in many:
        size += len(piece)
        if size > max_bytes:
            raise SourceError(SourceFault.TOO_LARGE, f"the answer is larger than {max_bytes} bytes")
        yield piece


def _unpacked(packed: Iterable[bytes]) -> Iterator[bytes]:
    engine = None
    for block in packed:
        waiting, piece = block, b""
        # A full piece may have more behind it inside zlib, even when all input is used up.
        while waiting or len(piece) == _PIECE:
            engine = engine or zlib.decompressobj(_window_bits(waiting[0]))
            try:
                piece = engine.decompress(waiting, _PIECE)
            except zlib.error:
                raise SourceError(SourceFault.MALFORMED, "the answer's compression is broken") from None
            waiting, engine = (engine.unused_data, None) if engine.eof else (engine.unconsumed_tail, engine)
            yield piece
            if engine is None:
                piece = b""
    if engine is not None:
        raise SourceError(SourceFault.TRUNCATED, "the answer's compression ends in the middle")


def _window_bits(first: int) -> int:
    # "deflate" comes with the zlib frame that the standard asks for, or, from IIS, without it.
    framed = first == _GZIP or first & _DEFLATE_METHOD == zlib.DEFLATED
    return zlib.MAX_WBITS | 32 if framed else -zlib.MAX_WBITS
