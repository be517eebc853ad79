"""How the applicants of some dossiers can be reached, asked of the store in one go."""

from collections.abc import Sequence

from adapter.core import phones
from adapter.core.obligations import Contact
from adapter.model import Address, Dossier, Phone, Uid
from adapter.ports import Tx


def gather(tx: Tx, dossiers: Sequence[Dossier]) -> list[Contact]:
    """The contact of each dossier, in order. Numbers are read here; refusals and links come from the store."""
    parsed = [phones.parse(dossier.phones) for dossier in dossiers]
    numbers = {number for number in parsed if isinstance(number, Phone)}
    linked = tx.recipients.linked(numbers, {dossier.code for dossier in dossiers})
    sharing = tx.dossiers.sharing(numbers)
    uids = [_uids(linked, number, dossier.code) for number, dossier in zip(parsed, dossiers, strict=True)]
    everybody: set[Address] = set(numbers)
    everybody.update(uid for own in uids for uid in own)
    refusing = tx.recipients.refusing(everybody)
    return [
        Contact(
            phone=number,
            uids=own,
            sharing=sharing.get(number, 0) if isinstance(number, Phone) else 0,
            refusing=frozenset(pair for pair in refusing if pair[0] == number or pair[0] in own),
        )
        for number, own in zip(parsed, uids, strict=True)
    ]


def _uids(linked: dict[str, tuple[Uid, ...]], number: Phone | phones.PhoneProblem, code: str) -> tuple[Uid, ...]:
    """A link to the dossier itself says more about whom it concerns than one to a phone."""
    by_phone = linked.get(number.value, ()) if isinstance(number, Phone) else ()
    return tuple(dict.fromkeys((*linked.get(code, ()), *by_phone)))
