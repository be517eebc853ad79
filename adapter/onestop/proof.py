"""Whether pages read one after the other are one whole window: arithmetic only."""

from array import array
from dataclasses import dataclass, field

from adapter.model import Record


def _no_keys() -> "array[int]":
    return array("q")


@dataclass(slots=True)
class Page:
    """What one page showed: a key for each of its rows, eight bytes each, and the total it claimed."""

    keys: "array[int]" = field(default_factory=_no_keys)
    total: int | None = None

    def clear(self) -> None:
        """Forget everything: the page is asked for again."""
        self.keys = _no_keys()
        self.total = None

    # The whole wording: codes repeat, in two offices. Python's hash is keyed, so that no source can aim at it, and a
    # chance collision among a million rows (1 in 30 million) makes a window unproven, never a row lost.
    def add(self, row: Record | None, position: int) -> None:
        """Take in the row at that position of the window; a nil row has only its position to be known by."""
        self.keys.append(hash(position) if row is None else hash(row.wording))


class Proof:
    """One pass over the pages of a window.

    The window is proven read when every page claimed the same total, each page began with the last rows of the one
    before it (rows had not moved in between), and as many distinct rows came as were claimed. Without a total it is
    proven when the rows at the seams agreed and a page came that added nothing: a short page alone may be a cap of
    the source's own. `overlap` rows are asked for twice to see the seams; pages that are asked for by number have
    none. A source that does not page gives one page and is believed.
    """

    def __init__(self, *, overlap: int, paged: bool) -> None:
        self.offset = 0  #: where the next page begins
        self.pages = 0  #: pages taken in
        self.complete = False  #: nothing more is to be asked for
        self._overlap = overlap
        self._paged = paged
        self._keys: array[int] = array("q")
        self._seam: array[int] = array("q")
        self._last = Page()
        self._agree = True

    def take(self, page: Page) -> None:
        """Take in the next page, and keep it: nobody else may add to it any more."""
        if self.pages:
            self._agree = self._agree and page.total == self._last.total and self._follows(page)
        self.pages += 1
        self._last = page
        fresh = page.keys[len(self._seam) :] if self._seam else page.keys
        if self._keys:
            self._keys.extend(fresh)
        else:
            self._keys = fresh  # not copied: one page may be all there is, and a great one
        self._seam = page.keys[len(page.keys) - min(self._overlap, max(0, len(page.keys) - 1)) :]
        self.offset = len(self._keys) - len(self._seam)
        enough = page.total is not None and len(self._keys) >= page.total
        self.complete = enough or not fresh or not self._agree or not self._paged

    @property
    def holds(self) -> bool:
        """Whether the window is proven read; speaks once `complete`."""
        total = self._last.total
        if not self._agree or not self.complete:
            return False
        # All in one answer is one moment of the source: there, rows that are equal are simply two rows.
        at_once = self.pages == 1 and len(self._keys) == total
        return total is None or at_once or len(set(self._keys)) == total

    def _follows(self, page: Page) -> bool:
        # The very same page again means that the source does not page as it was told to; without this it never ends.
        stuck = len(page.keys) > len(self._seam) and page.keys == self._last.keys
        return not stuck and page.keys[: len(self._seam)] == self._seam
