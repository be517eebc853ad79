"""How the applicants of some dossiers can be reached, asked of the store in one go."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from adapter.core import phones
from adapter.core.obligations import Contact
from adapter.model import Address, Channel, Dossier, Phone, Uid
from adapter.ports import Tx


def gather(tx: Tx, dossiers: Sequence[Dossier]) -> list[Contact]:
    """The contact of each dossier, in order. Numbers are read here; refusals and links come from the store."""
    parsed = [phones.parse(dossier.phones) for dossier in dossiers]
    numbers = {number for number in parsed if isinstance(number, Phone)}
    linked = tx.recipients.linked(numbers, {dossier.code for dossier in dossiers})
    sharing = tx.dossiers.sharing(numbers)
    everybody: set[Address] = {*numbers, *(uid for uids in linked.values() for uid in uids)}
    refusing = tx.recipients.refusing(everybody)
    return [
        _contact(number, linked.get(dossier.code, ()), linked, sharing, refusing)
        for number, dossier in zip(parsed, dossiers, strict=True)
    ]


def _contact(
    number: Phone | phones.PhoneProblem,
    own: tuple[Uid, ...],
    linked: Mapping[str, tuple[Uid, ...]],
    sharing: Mapping[Phone, int],
    refusing: AbstractSet[tuple[Address, Channel]],
) -> Contact:
    by_phone = linked.get(number.value, ()) if isinstance(number, Phone) else ()
    return Contact(
        phone=number,
        uids=own,
        phone_uids=by_phone,
        sharing=sharing.get(number, 0) if isinstance(number, Phone) else 0,
        refusing=frozenset(p for p in refusing if p[0] == number or p[0] in own or p[0] in by_phone)
        if refusing
        else frozenset(),
    )
