"""Zalo users, their links with proof, and who refused what (``ports.Recipients``)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from adapter.model import Address, Channel, Link, LinkKind, Phone, Proof, Uid
from adapter.store.among import among
from adapter.store.cipher import Cipher
from adapter.store.schema import links, recipients, refusals
from adapter.store.schema.columns import Instant
from adapter.store.upsert import insert

INDEX_KIND = {LinkKind.PHONE: "phone", LinkKind.DOSSIER: "code"}
"""The blind index of a link's value is the one dossiers have, so that both can be found by one another."""

_LINKED: Final = (
    select(links.c.value_index, recipients.c.id, recipients.c.uid)
    .join(recipients, recipients.c.id == links.c.recipient_id)
    .where(among(links.c.value_index, "values"), links.c.revoked_at.is_(None))
    .order_by(links.c.proved_at, links.c.id)
)
"""This and its neighbour are composed once: a page asks for both, and composing costs more than a short run."""

_REFUSING: Final = select(refusals.c.address_index, refusals.c.channel).where(
    among(refusals.c.address_index, "addresses"), refusals.c.until > bindparam("at_now", type_=Instant)
)


class SqlRecipients:
    """Recipients in SQL. User ids, phones and codes are sealed and found by blind index."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def link(self, added: Sequence[Link]) -> int:
        """Add links and their recipients; the same person's standing link to the same thing is left."""
        if not added:
            return 0
        people = {self._person(each.uid): each.uid for each in added}
        self._connection.execute(
            insert(self._connection, recipients).on_conflict_do_nothing(),
            [self._recipient_row(person, uid) for person, uid in sorted(people.items())],
        )
        rows = {(row["recipient_id"], row["value_index"]): row for row in map(self._link_row, added)}
        known_ids, known = self._standing([each.id for each in added], {value for _, value in rows})
        fresh = [row for key, row in rows.items() if key not in known and row["id"] not in known_ids]
        if fresh:
            self._connection.execute(insert(self._connection, links), fresh)
        return len(fresh)

    def revoke(self, link_id: str) -> bool:
        """End a link."""
        ended = update(links).where(links.c.id == link_id, links.c.revoked_at.is_(None)).values(revoked_at=self._now)
        return self._connection.execute(ended).rowcount == 1

    def links(self, *, revoked: bool = False) -> list[Link]:
        """Links that stand, or all, oldest first."""
        wanted = select(links, recipients.c.uid).join(recipients, recipients.c.id == links.c.recipient_id)
        if not revoked:
            wanted = wanted.where(links.c.revoked_at.is_(None))
        rows = self._connection.execute(wanted.order_by(links.c.proved_at, links.c.id))
        return [self._link(row) for row in rows]

    def linked(self, phones: Iterable[Phone], codes: Iterable[str]) -> dict[str, tuple[Uid, ...]]:
        """Users by phone or code, longest linked first; what nobody is linked to is absent."""
        keys = {self._cipher.index("phone", phone.value): phone.value for phone in phones}
        keys |= {self._cipher.index("code", code): code for code in codes}
        found: dict[str, dict[Uid, None]] = {}
        for row in self._connection.execute(_LINKED, {"values": keys}).all():
            found.setdefault(keys[row.value_index], {})[self._uid(row.id, row.uid)] = None
        return {key: tuple(uids) for key, uids in found.items()}

    def refuse(self, refused: Sequence[tuple[Address, Channel, datetime, str]]) -> None:
        """Remember refusals; of two for the same address and channel the later end stands."""
        rows: list[dict[str, Any]] = [
            {"address_index": self._address(address), "channel": channel, "until": until, "code": code}
            for address, channel, until, code in refused
        ]
        if not rows:
            return
        statement = insert(self._connection, refusals)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[refusals.c.address_index, refusals.c.channel],
                set_={"until": statement.excluded.until, "code": statement.excluded.code},
                where=statement.excluded.until > refusals.c.until,
            ),
            sorted(rows, key=lambda row: (row["address_index"], row["channel"])),
        )

    def refusing(self, addresses: Iterable[Address]) -> set[tuple[Address, Channel]]:
        """Who refuses which channel now."""
        by_index = {self._address(address): address for address in addresses}
        rows = self._connection.execute(_REFUSING, {"addresses": by_index, "at_now": self._now})
        return {(by_index[index], Channel(channel)) for index, channel in rows}

    def _standing(self, ids: list[str], values: set[str]) -> tuple[set[str], set[tuple[str, str]]]:
        """Which of these link ids are used, and who (recipient, value index) is linked to these values."""
        used = self._connection.execute(select(links.c.id).where(among(links.c.id, ids))).scalars()
        standing = select(links.c.recipient_id, links.c.value_index).where(
            among(links.c.value_index, values), links.c.revoked_at.is_(None)
        )
        return set(used), {(person, value) for person, value in self._connection.execute(standing)}

    def _recipient_row(self, person: str, uid: Uid) -> dict[str, object]:
        return {
            "id": person,
            "uid": self._cipher.seal("recipients.uid", person, uid.value),
            "uid_index": self._cipher.index("uid", uid.value),
            "follows": None,
            "created_at": self._now,
        }

    def _link_row(self, link: Link) -> dict[str, Any]:
        return {
            "id": link.id,
            "recipient_id": self._person(link.uid),
            "kind": link.kind,
            "value": self._cipher.seal("links.value", link.id, link.value),
            "value_index": self._cipher.index(INDEX_KIND[link.kind], link.value),
            "proof": link.proof,
            "proved_at": link.proved_at,
            "revoked_at": link.revoked_at,
        }

    def _link(self, row: Any) -> Link:
        return Link(
            id=row.id,
            uid=self._uid(row.recipient_id, row.uid),
            kind=LinkKind(row.kind),
            value=self._cipher.open("links.value", row.id, row.value).decode(),
            proof=Proof(row.proof),
            proved_at=row.proved_at,
            revoked_at=row.revoked_at,
        )

    def _person(self, uid: Uid) -> str:
        """The recipient's id: a pseudonym of the user id, computed."""
        return self._cipher.index("recipient", uid.value)

    def _uid(self, person: str, sealed: bytes) -> Uid:
        return Uid(self._cipher.open("recipients.uid", person, sealed).decode())

    def _address(self, address: Address) -> str:
        return self._cipher.index("uid" if isinstance(address, Uid) else "phone", address.value)
