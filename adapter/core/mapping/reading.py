"""A raw record into a Dossier. Runs once for every record of every page, so a rulebook is compiled once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache, partial
from itertools import product
from typing import Final, NamedTuple

from adapter.core.calendar import vietnam_day
from adapter.core.mapping import dates, vocabulary
from adapter.core.mapping.building import DATE_MARK
from adapter.core.mapping.texts import TRANSFORMS, Transform, clean, whole_number
from adapter.errors import RecordError
from adapter.model import Dossier, Event, FieldSpec, FieldValue, MappingVersion, Office, Record, Rulebook, StatusSpec

Convert = Callable[[str], FieldValue | None]

SEPARATOR: Final = "\x1f"
"""Between the fields of an identity; cleaned text cannot hold it."""

_REMEMBERED: Final = 512
_KEPT: Final = 4  # few versions live at once: the present one, and an old one while a rollback is compared
_compiled: dict[MappingVersion, tuple[Rulebook, "_Reader"]] = {}


def read(record: Record, rulebook: Rulebook) -> Dossier:
    """Read one record through a mapping.

    Times without a zone are Vietnam local time. An optional field that cannot be read is absent, so that one garbled
    address does not silence a dossier. Raises RecordError for a required field that is missing or cannot be read, and
    for a status code that statuses.yaml does not know: what it means is a question to a person, not to a guess.
    """
    return _reader(rulebook).dossier(record.inputs)


def identity(record: Record, rulebook: Rulebook) -> str | None:
    """The ``Dossier.identity`` that ``read`` would give, for a fraction of its work; None where only it can tell."""
    return _reader(rulebook).identity(record)


def _reader(rulebook: Rulebook) -> "_Reader":
    held = _compiled.get(rulebook.version)
    if held is None or held[0] is not rulebook:
        for old in list(_compiled)[: 1 - _KEPT]:
            _compiled.pop(old, None)
        held = _compiled[rulebook.version] = (rulebook, _Reader(rulebook))
    return held[1]


class _Field(NamedTuple):
    name: str
    keys: tuple[str, ...]
    convert: Convert
    required: bool
    default: str


class _Reader:
    """A compiled rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._source = rulebook.source
        self._offices = rulebook.offices
        self._fields = tuple(_field(spec, rulebook.offices) for spec in rulebook.fields)
        by_name = {field.name: field for field in self._fields}
        self._naming = tuple(by_name.get(name) for name in rulebook.source.identity)
        self._statuses = rulebook.statuses
        # What an unbelieved 9 is told as: the words of the first status that means a step.
        self._under_way = next((status for status in rulebook.statuses.values() if status.event is Event.STEP), None)

    def dossier(self, inputs: Mapping[str, str]) -> Dossier:
        """Read one record's inputs. Raises RecordError."""
        values = {field.name: value for field in self._fields if (value := _value(field, inputs.get)) is not None}
        as_of = _moment(values, vocabulary.AS_OF)
        if as_of is None:
            raise RecordError(vocabulary.AS_OF, "missing")
        status = self._status(values)
        office = _text(values, vocabulary.OFFICE)
        values[vocabulary.STATUS_WORDS] = status.text
        values.update(self._place(office, as_of, values))
        return Dossier(
            source=self._source.name,
            identity=SEPARATOR.join(str(values.get(name, "")) for name in self._source.identity),
            code=_text(values, vocabulary.CODE),
            office=office,
            procedure=_text(values, vocabulary.PROCEDURE),
            status=_text(values, vocabulary.STATUS),
            event=status.event,
            step=_text(values, vocabulary.STEP),
            as_of=as_of,
            happened_at=_happened_at(values, status.event, as_of),
            due_at=_moment(values, vocabulary.DUE),
            applicant=_text(values, vocabulary.APPLICANT),
            phones=_text(values, vocabulary.PHONE),
            values=values,
        )

    def identity(self, record: Record) -> str | None:
        """What makes the dossier one dossier; None where a part of it is no field, or cannot be read."""
        parts: list[str] = []
        for field in self._naming:
            if field is None:
                return None
            try:
                value = _value(field, record.one)
            except RecordError:
                return None
            parts.append("" if value is None else str(value))
        return SEPARATOR.join(parts)

    def _status(self, values: Mapping[str, FieldValue]) -> StatusSpec:
        status = self._statuses.get(_text(values, vocabulary.STATUS))
        if status is None:
            raise RecordError(vocabulary.STATUS, "statuses.yaml does not know this code")
        if status.trusted or any(name in values for name in vocabulary.PROOFS_OF_RESULT):
            return status
        return self._under_way or status

    def _place(self, code: str, as_of: datetime, values: Mapping[str, FieldValue]) -> Iterator[tuple[str, str]]:
        """Where the citizen goes: the office of the dossier, or who took over after it closed."""
        office = self._in_force(code, as_of)
        if office is None:
            return
        if vocabulary.OFFICE_NAME not in values:
            yield vocabulary.OFFICE_NAME, office.name
        yield vocabulary.PLACE_NAME, office.name
        for name, text in (
            (vocabulary.PLACE_ADDRESS, office.address),
            (vocabulary.PLACE_PHONE, office.phone),
            (vocabulary.PLACE_HOURS, office.hours),
        ):
            if text:
                yield name, text

    def _in_force(self, code: str, as_of: datetime) -> Office | None:
        office = self._offices.get(code)
        for _ in self._offices:
            if office is None or office.valid_to is None or vietnam_day(as_of) <= office.valid_to:
                break
            office = self._offices.get(office.successor, office)
        return office


def _value(field: _Field, one: Callable[[str], str | None]) -> FieldValue | None:
    """The first path that holds something readable, else the default. Raises RecordError when it is required."""
    seen = False
    for key in field.keys:
        if raw := one(key):
            value = field.convert(raw)
            if value is not None:
                return value
            seen = True
    if field.default:
        return field.default
    if field.required:
        raise RecordError(field.name, "cannot be read" if seen else "missing")
    return None


def _field(spec: FieldSpec, offices: Mapping[str, Office]) -> _Field:
    keys = tuple(key for path in spec.paths for key in _spellings(path))
    # Dates, names of procedures and remarks come again and again; reading them anew was a third of a page's mapping.
    convert = lru_cache(maxsize=_REMEMBERED)(_convert(spec, offices))
    return _Field(spec.name, keys, convert, spec.required, spec.default)


def _spellings(path: str) -> Iterator[str]:
    """A path as a record may write it: where an element does not repeat, ``A`` and ``A[1]`` are the same."""
    steps = [_with_and_without_one(step) for step in path.split("/")]
    return ("/".join(spelling) for spelling in product(*steps))


def _with_and_without_one(step: str) -> tuple[str, ...]:
    if step.endswith("[1]"):
        return step, step.removesuffix("[1]")
    return (step,) if step.endswith("]") or step.startswith("@") else (step, f"{step}[1]")


def _convert(spec: FieldSpec, offices: Mapping[str, Office]) -> Convert:
    patterns = [name.removeprefix(DATE_MARK) for name in spec.transforms if name.startswith(DATE_MARK)]
    known: dict[str, Transform] = {**TRANSFORMS, "office_name": partial(_office_name, offices)}
    transforms = [known[name] for name in spec.transforms if name in known]  # trim and nfc are always done
    prepare = _chain([clean, *transforms])
    if spec.kind == "time":
        return _first_date(prepare, [dates.date_reader(pattern) for pattern in patterns])
    if spec.kind == "number":
        return lambda raw: whole_number(prepare(raw))
    return lambda raw: prepare(raw) or None


def _chain(transforms: list[Transform]) -> Transform:
    if len(transforms) == 1:
        return transforms[0]

    def apply(raw: str) -> str:
        text = raw
        for transform in transforms:
            text = transform(text)
        return text

    return apply


def _first_date(prepare: Transform, readers: Iterable[dates.DateReader]) -> Convert:
    known = tuple(readers)

    def first(raw: str) -> datetime | None:
        text = prepare(raw)
        for reader in known:
            if moment := reader(text):
                return moment
        return None

    return first


def _office_name(offices: Mapping[str, Office], code: str) -> str:
    office = offices.get(code)
    return office.name if office else code


def _text(values: Mapping[str, FieldValue], name: str) -> str:
    return str(values.get(name, ""))


def _moment(values: Mapping[str, FieldValue], name: str) -> datetime | None:
    value = values.get(name)
    return value if isinstance(value, datetime) else None


def _happened_at(values: Mapping[str, FieldValue], event: Event | None, as_of: datetime) -> datetime:
    """When the present status began; never after the source last wrote the record, whatever a desk typed."""
    for name in vocabulary.BEGINS.get(event, ()) if event else ():
        if moment := _moment(values, name):
            return min(moment, as_of)
    return as_of
