"""Bytes that are nearly right: samples of the real thing with a few places changed."""

import itertools
from collections.abc import Sequence

from hypothesis import strategies as st

WORDS = (
    b"",
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\r\n",
    b"\n",
    b"\t",
    b"  ",
    b'"',
    b"'",
    b"-",
    b"&#0;",
    b"&x;",
    b"]]>",
    b"\xef\xbb\xbf",
)
MAX_CHANGES, MAX_CUT = 6, 60


@st.composite
def mutated(draw: st.DrawFn, samples: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """A sample in which up to six stretches were cut out, doubled, or replaced by a word of the format or by noise."""
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, MAX_CHANGES))):
        start = draw(st.integers(0, len(data)))
        cut = data[start : start + draw(st.integers(0, MAX_CUT))]
        new = draw(
            st.one_of(
                st.sampled_from((*words, *WORDS)),
                st.binary(max_size=12),
                st.just(cut * 2),
                st.text(max_size=8).map(_utf8),
            )
        )
        data = data[:start] + new + data[start + len(cut) :]
    return data


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """The same bytes as they might come over the wire."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
