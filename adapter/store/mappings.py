"""Mapping versions that were ever live (``ports.Mappings``)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from adapter.model import MappingVersion
from adapter.store.cipher import Cipher
from adapter.store.jsons import compact, parsed
from adapter.store.schema import mappings
from adapter.store.upsert import insert


class SqlMappings:
    """Mapping sets in SQL: every version whole, one of each name marked as the latest good one."""

    def __init__(self, connection: Connection, cipher: Cipher, now: datetime) -> None:
        self._connection = connection
        self._cipher = cipher
        self._now = now

    def keep(self, name: str, version: MappingVersion, files: Mapping[str, str]) -> bool:
        """Keep a version as the latest; an older one that comes back (a rollback) becomes the latest again."""
        current = (mappings.c.name == name, mappings.c.latest)
        latest = self._connection.execute(select(mappings.c.version).where(*current).with_for_update()).scalar()
        if latest == version:
            return False
        self._connection.execute(update(mappings).where(*current).values(latest=False))
        row = insert(self._connection, mappings).values(
            version=version,
            name=name,
            files=compact(dict(files)).decode(),
            kept_at=self._now,
            latest=True,
        )
        self._connection.execute(
            row.on_conflict_do_update(
                index_elements=[mappings.c.version], set_={"name": name, "kept_at": self._now, "latest": True}
            )
        )
        return True

    def latest(self, name: str) -> Mapping[str, str] | None:
        """The files of the last good version of a set."""
        newest = select(mappings.c.files).where(mappings.c.name == name, mappings.c.latest)
        return _files(self._connection.execute(newest.order_by(mappings.c.kept_at.desc()).limit(1)).scalar())

    def files(self, version: MappingVersion) -> Mapping[str, str] | None:
        """The files of one version."""
        return _files(self._connection.execute(select(mappings.c.files).where(mappings.c.version == version)).scalar())


def _files(stored: str | None) -> Mapping[str, str] | None:
    if stored is None:
        return None
    files: dict[str, str] = parsed(stored)
    return files
