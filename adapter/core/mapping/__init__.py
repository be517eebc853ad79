"""The mapping set: the text of its files -> Rulebook and problems; a record read through it -> Dossier (DESIGN 6)."""

from adapter.core.mapping.drafts import SHAPES
from adapter.core.mapping.loading import load, version_of
from adapter.core.mapping.reading import identity, read
from adapter.core.mapping.schemas import json_schemas

FILES = tuple(SHAPES)
"""The names of the files of a mapping set."""

__all__ = ["FILES", "identity", "json_schemas", "load", "read", "version_of"]
