"""A mapping set on its way: each file as a document with places, and as a shape when its form is right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from adapter.core.mapping.documents import Data, Document, parse
from adapter.core.mapping.explaining import explained, meant
from adapter.core.mapping.shapes_reading import FieldsFile, SourceFile, StatusesFile
from adapter.core.mapping.shapes_telling import CalendarFile, MessagesFile, OfficesFile, TemplatesFile
from adapter.model import Problem

ShapeT = TypeVar("ShapeT", bound=BaseModel)

SHAPES: Final[Mapping[str, type[BaseModel]]] = {
    "source.yaml": SourceFile,
    "fields.yaml": FieldsFile,
    "statuses.yaml": StatusesFile,
    "messages.yaml": MessagesFile,
    "templates.yaml": TemplatesFile,
    "offices.yaml": OfficesFile,
    "calendar.yaml": CalendarFile,
}
"""The files of a mapping set, in the order in which problems are told."""


@dataclass(slots=True)
class Drafts:
    """What could be understood so far, and every problem met on the way."""

    documents: dict[str, Document] = field(default_factory=dict)
    shapes: dict[str, BaseModel] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def shape(self, file: str, kind: type[ShapeT]) -> ShapeT | None:
        """Return a file as its shape; entries that are malformed are left out. None when nothing can be made of it."""
        found = self.shapes.get(file)
        return found if isinstance(found, kind) else None

    def names(self, file: str, *path: str) -> frozenset[str] | None:
        """Return the keys written in a file, malformed entries included; None when the file cannot be read at all."""
        document = self.documents.get(file)
        return document.names(*path) if document else None


def drafted(files: Mapping[str, str]) -> Drafts:
    """Read every file of a set by itself."""
    drafts = Drafts()
    for file in SHAPES:
        if file in files:
            _read(drafts, file, files[file])
        else:
            hint = meant(file, set(files) - set(SHAPES))
            drafts.problems.append(Problem(file=file, line=0, column=1, text="thiếu tệp này", hint=hint))
    return drafts


def _read(drafts: Drafts, file: str, text: str) -> None:
    document, problems = parse(file, text)
    drafts.problems.extend(problems)
    if document is None:
        return
    drafts.documents[file] = document
    try:
        drafts.shapes[file] = SHAPES[file].model_validate(document.data)
    except ValidationError as error:
        drafts.problems.extend(explained(error, document, SHAPES[file]))
        _salvage(drafts, file, document.data, (detail["loc"] for detail in error.errors(include_url=False)))


def _salvage(drafts: Drafts, file: str, data: Data, places: Iterable[tuple[int | str, ...]]) -> None:
    """Keep the entries that are well formed, so that their other problems are told in the same breath."""
    if not isinstance(data, dict):
        return
    broken = {place[:2] for place in places}
    whole = {key: value for key, value in data.items() if (key,) not in broken}
    for key, value in whole.items():
        if isinstance(value, dict):
            whole[key] = {name: entry for name, entry in value.items() if (key, name) not in broken}
    try:
        drafts.shapes[file] = SHAPES[file].model_validate(whole)
    except ValidationError:
        return
