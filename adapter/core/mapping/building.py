"""Checked shapes into the Rulebook that the engine works with."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import PurePath

from adapter.core.mapping import dates
from adapter.core.mapping.shapes_reading import FieldsFile, FieldShape, OperationShape, SourceFile, StatusesFile
from adapter.core.mapping.shapes_telling import (
    LIMITS,
    NEVER_CUT,
    CalendarFile,
    DaysShape,
    MessagesFile,
    OfficesFile,
    ParamShape,
    RuleShape,
    TemplatesFile,
    TemplateShape,
)
from adapter.model import (
    Calendar,
    FieldSpec,
    Office,
    Operation,
    Param,
    Priority,
    Rule,
    SourceName,
    SourceSpec,
    StatusSpec,
    Template,
    ZbsTemplate,
)

DATE_MARK = "date:"
"""Before a date pattern among a field's transforms: ``date:dd/MM/yyyy``."""

_PRIORITIES = {"urgent": Priority.URGENT, "notice": Priority.NOTICE}


def source(shape: SourceFile, folder: str) -> SourceSpec:
    """How to call the province. ``folder`` is put before a relative WSDL path and never read."""
    waits = shape.timeouts
    return SourceSpec(
        name=SourceName(shape.name),
        wsdl=str(PurePath(folder, shape.wsdl)),
        endpoint=shape.endpoint,
        soap=shape.soap,
        auth_header=shape.auth.header,
        auth_fields=(shape.auth.user, shape.auth.password),
        changes=_operation(shape.operations.changes),
        lookup=_operation(shape.operations.lookup),
        identity=tuple(shape.identity),
        time_format=dates.strftime_pattern(shape.time_format),
        every=shape.every,
        overlap=shape.overlap,
        settle_lag=shape.settle_lag,
        max_window=shape.max_window,
        page_size=shape.page_size,
        page_overlap=shape.page_overlap,
        connect_timeout=waits.connect.total_seconds(),
        read_timeout=waits.read.total_seconds(),
        deadline=waits.deadline.total_seconds(),
        max_bytes=shape.max_bytes,
        partitions=tuple(shape.partitions) or ("",),
    )


def _operation(shape: OperationShape) -> Operation:
    success = (shape.success.path, shape.success.value) if shape.success else ("", "")
    return Operation(
        name=shape.name,
        arguments=dict(shape.arguments),
        records=shape.records,
        total=shape.total or "",
        success=success,
    )


def fields(shape: FieldsFile) -> tuple[FieldSpec, ...]:
    """How each field is read, in the order of the file."""
    return tuple(_field(name, field) for name, field in shape.fields.items())


def _field(name: str, shape: FieldShape) -> FieldSpec:
    return FieldSpec(
        name=name,
        paths=tuple(shape.paths),
        kind=shape.kind,
        transforms=(*shape.transforms, *(DATE_MARK + pattern for pattern in shape.formats)),
        required=shape.required,
        default=shape.default,
    )


def statuses(shape: StatusesFile) -> Mapping[str, StatusSpec]:
    """What each code means."""
    return {
        code: StatusSpec(code=code, event=status.event, text=status.text.strip(), trusted=status.trusted)
        for code, status in shape.statuses.items()
    }


def rules(shape: MessagesFile) -> tuple[Rule, ...]:
    """The rules, in the order of the file: the first that fits speaks."""
    return tuple(_rule(name, rule) for name, rule in shape.rules.items())


def _rule(name: str, shape: RuleShape) -> Rule:
    return Rule(
        name=name,
        on=shape.on,
        template=shape.template,
        audience=shape.audience,
        offices=frozenset(shape.when.offices),
        procedures=frozenset(shape.when.procedures),
        channels=tuple(shape.channels),
        priority=_PRIORITIES[shape.priority],
        enabled=shape.enabled,
        expires_after=shape.expires_after,
        after_unknown=shape.after_unknown,
        reminder_template=shape.reminder_template or "",
    )


def templates(shape: TemplatesFile) -> Mapping[str, Template]:
    """What we say, by our name of it."""
    return {name: _template(name, template) for name, template in shape.templates.items()}


def _template(name: str, shape: TemplateShape) -> Template:
    zbs = {
        channel: ZbsTemplate(
            template_id=approved.template_id,
            params=tuple(_param(param, shown) for param, shown in approved.params.items()),
            timeout_seconds=int(approved.timeout.total_seconds()),
        )
        for approved in shape.zbs
        for channel in approved.channels
    }
    return Template(name=name, text=shape.text.strip(), zbs=zbs)


def _param(name: str, shape: ParamShape) -> Param:
    cut = shape.kind not in NEVER_CUT if shape.cut is None else shape.cut
    return Param(name=name, text=shape.text.strip(), max_length=shape.max_length or LIMITS[shape.kind], cut=cut)


def offices(shape: OfficesFile) -> Mapping[str, Office]:
    """The counters, by code."""
    return {code: Office(code=code, **dict(office)) for code, office in shape.offices.items()}


def calendar(shape: CalendarFile) -> Calendar:
    """Days off, make-up days and quiet hours."""
    return Calendar(
        days_off=_days(shape.days_off),
        make_up_days=_days(shape.make_up_days),
        quiet=shape.quiet,
        quiet_days_off=shape.quiet_days_off,
    )


def _days(listed: list[DaysShape]) -> frozenset[date]:
    return frozenset(
        days.day + timedelta(days=offset)
        for days in listed
        for offset in range(((days.until or days.day) - days.day).days + 1)
    )
