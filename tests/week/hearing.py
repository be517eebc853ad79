"""What Zalo says it was given for each citizen, held against what the province's timeline owes them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapter.model import MessageId
from adapter.simulators.zalo.faults import PHONE_PATH, UID_PATH
from tests import truths
from tests.week.meaning import phone, quiet
from tests.week.readings import Key, Owed
from tests.week.witness import Witness
from tests.week.wording import TEMPLATES, Offices, says

LATE = 0.3
"""Real seconds after which an answer may have come too late; the adapter waits 0.6 (``tests.week.plan``)."""

Rows = Mapping[MessageId, Sequence[truths.Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """The accepted messages of every obligation, and who is behind a user id by Zalo's own directory."""

    rows: Rows
    owed: Mapping[str, Owed]
    phone_of: Mapping[str, str]
    offices: Offices
    witness: Witness
    refused: Sequence[truths.Row]

    def mistakes(self) -> Iterator[str]:
        """Everything that somebody should not have been told so, then, there, or in this order."""
        for id_, rows in self.rows.items():
            for row in rows:
                if quiet(when(row)):
                    yield f"{id_}: accepted at {row['at']}, in the quiet hours"
                if id_ in self.owed:
                    yield from self._misspoken(id_, row)
        for row in self.refused:
            if row["path"] in {PHONE_PATH, UID_PATH} and quiet(when(row)):
                yield f"tried at {row['at']}, in the quiet hours, and refused with {row['code']}"
        yield from self._disorder()

    def _misspoken(self, id_: str, row: truths.Row) -> Iterator[str]:
        """Right event, words as of one version of the dossier, to that version's phone, and nobody corrected away."""
        owed, at = self.owed[id_], when(row)
        if row["template_id"] != TEMPLATES.get(owed.event):
            yield f"{id_}: owed word of {owed.event or 'nothing'}, template {row['template_id']} was sent"
            return
        timeline = owed.timeline
        there = range(owed.place, timeline.last(at) + 1)
        so = [n for n in there if says(owed.event, row["template_data"], timeline.values(n), self.offices)]
        heard_by = row["phone"] if row["channel"] == "phone" else self.phone_of.get(row["uid"], "nobody")
        named = [n for n in so if phone(timeline.values(n)["SoDienThoai"])[0] == heard_by]
        if not so:
            yield f"{id_}: {owed.event} was told in words that no state of the dossier gives"
        elif not named:
            yield f"{id_}: {owed.event} was told to a number that is not the dossier's"
        elif not self._of_today(owed, named, at):
            yield f"{id_}: {owed.event} was told at {row['at']} by a name or number corrected and read before"

    def _of_today(self, owed: Owed, named: Sequence[int], at: datetime) -> bool:
        timeline = owed.timeline
        newest = range(max(owed.place, timeline.known(at)), timeline.last(at) + 1)
        return bool({self._person(owed, n) for n in newest} & {self._person(owed, n) for n in named})

    def _person(self, owed: Owed, place: int) -> tuple[str, str]:
        values = owed.timeline.values(place)
        return values["ChuHoSo"], phone(values["SoDienThoai"])[0]

    def _disorder(self) -> Iterator[str]:
        """One dossier's messages in the order of its changes. What was held or lost on its way may come late.

        What Zalo took in late stands in its journal where simulated time had come to meanwhile: of it nothing is said.
        """
        lanes: defaultdict[Key, list[tuple[int, int, MessageId]]] = defaultdict(list)
        for id_, rows in self.rows.items():
            in_time = [int(row["n"]) for row in rows if row["took"] <= LATE]
            if in_time and id_ in self.owed and not self.owed[id_].follows:
                first = min(in_time)
                lanes[self.owed[id_].timeline.key].append((first, self.owed[id_].nth, id_))
        for lane in lanes.values():
            newest, told = 0, MessageId("")
            for _, nth, id_ in sorted(lane):
                if nth < newest and not self._let_go(id_):
                    yield f"{id_}: change {nth} of its dossier was told after change {newest} ({told})"
                if nth > newest:
                    newest, told = nth, id_

    def _let_go(self, id_: MessageId) -> bool:
        """Whether the operator had let it go, so that it had been held: a held one keeps nobody waiting."""
        first = min(map(when, self.rows[id_]))
        return any(moment <= first for moment in self.witness.released.get(id_, ()))


def when(row: truths.Row) -> datetime:
    """When Zalo accepted it."""
    return datetime.fromisoformat(row["at"])
