"""The text of a mapping set into a Rulebook, or every problem in it at once."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final

from adapter.core.composed import composed
from adapter.core.mapping import building, checking_places, checking_reading, checking_telling
from adapter.core.mapping.drafts import SHAPES, Drafts, drafted
from adapter.core.mapping.shapes_reading import FieldsFile, SourceFile, StatusesFile
from adapter.core.mapping.shapes_telling import CalendarFile, MessagesFile, OfficesFile, TemplatesFile
from adapter.model import MappingVersion, Problem, Rulebook

_CHECKS: Final[tuple[Callable[[Drafts], Iterator[Problem]], ...]] = (
    checking_reading.source_problems,
    checking_reading.field_problems,
    checking_reading.status_problems,
    checking_telling.rule_problems,
    checking_telling.template_problems,
    checking_places.office_problems,
    checking_places.calendar_problems,
)
_ORDER: Final = tuple(SHAPES)


def load(files: Mapping[str, str], folder: str) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """Read a mapping set from the text of its files.

    Args:
        files: file name to text, for each of ``FILES``; others are ignored.
        folder: put before relative paths (the WSDL); never opened.

    Returns:
        The rulebook and no problem, or no rulebook and every problem, by file and place. Never raises for any text.
    """
    drafts = drafted(files)
    found = chain(drafts.problems, *(check(drafts) for check in _CHECKS))
    problems = sorted(set(found), key=lambda problem: (_ORDER.index(problem.file), problem.line, problem.column))
    return (None if problems else _rulebook(drafts, files, folder)), tuple(problems)


def version_of(files: Mapping[str, str]) -> MappingVersion:
    """Return the name of this exact set: 16 hex digits of SHA-256 over (file name, text) pairs in canonical form."""
    text = json.dumps(sorted(_canonical(files).items()), ensure_ascii=False, separators=(",", ":"))
    return MappingVersion(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16])


def _canonical(files: Mapping[str, str]) -> dict[str, str]:
    """The files of a set in NFC with plain line ends, so that a checkout on Windows has the same version."""
    plain = {name: files[name].removeprefix("\ufeff").replace("\r\n", "\n") for name in SHAPES if name in files}
    return {name: composed(text) for name, text in plain.items()}


def _rulebook(drafts: Drafts, files: Mapping[str, str], folder: str) -> Rulebook:
    shapes = drafts.shapes
    return Rulebook(
        version=version_of(files),
        source=building.source(SourceFile.model_validate(shapes["source.yaml"]), folder),
        fields=building.fields(FieldsFile.model_validate(shapes["fields.yaml"])),
        statuses=building.statuses(StatusesFile.model_validate(shapes["statuses.yaml"])),
        rules=building.rules(MessagesFile.model_validate(shapes["messages.yaml"])),
        templates=building.templates(TemplatesFile.model_validate(shapes["templates.yaml"])),
        offices=building.offices(OfficesFile.model_validate(shapes["offices.yaml"])),
        calendar=building.calendar(CalendarFile.model_validate(shapes["calendar.yaml"])),
        files=_canonical(files),
    )
