"""Records of a stream in pages of our own size."""

from collections.abc import Iterator
from itertools import islice

from adapter.errors import SourceError
from adapter.model import Record

PAGE = 500
"""Records in one write: large enough that the commit costs little, small enough that others get their turn."""


def batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Records in pages of our own size. What came before a fault is given before the fault is raised."""
    while True:
        batch: list[Record] = []
        try:
            batch.extend(islice(records, PAGE))
        except SourceError:
            if batch:
                yield batch
            raise
        if not batch:
            return
        yield batch
