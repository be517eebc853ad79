"""Checks across files about reading the province: source.yaml, fields.yaml, statuses.yaml."""

from collections.abc import Iterator
from pathlib import PurePath

from adapter.core import rendering
from adapter.core.mapping import vocabulary
from adapter.core.mapping.documents import Document
from adapter.core.mapping.drafts import Drafts
from adapter.core.mapping.explaining import meant
from adapter.core.mapping.shapes_reading import FieldsFile, FieldShape, OperationShape, SourceFile, StatusesFile
from adapter.model import Event, Problem


def source_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in source.yaml beyond its form."""
    document, source = drafts.documents.get("source.yaml"), drafts.shape("source.yaml", SourceFile)
    if document is None or source is None:
        return
    yield from _identity(drafts, document, source)
    yield from _operation(document, "changes", source.operations.changes, {"from", "to"})
    yield from _operation(document, "lookup", source.operations.lookup, {"code"})
    yield from _measures(document, source)
    offices = drafts.names("offices.yaml", "offices")
    for number, office in enumerate(source.partitions):
        if offices is not None and office not in offices:
            text = f"offices.yaml không có đơn vị «{office}»"
            yield document.problem(("partitions", number), text, meant(office, offices))


def _identity(drafts: Drafts, document: Document, source: SourceFile) -> Iterator[Problem]:
    written, shape = drafts.names("fields.yaml", "fields"), drafts.shape("fields.yaml", FieldsFile)
    for number, name in enumerate(source.identity):
        field = shape.fields.get(name) if shape else None
        if written is not None and name not in written:
            yield document.problem(("identity", number), f"fields.yaml không có trường «{name}»", meant(name, written))
        elif field and not field.required:
            text = f"trường «{name}» phân biệt hồ sơ nên phải luôn có"
            yield document.problem(("identity", number), text, f"ghi required: true cho «{name}» trong fields.yaml")


def _operation(document: Document, key: str, operation: OperationShape, needed: set[str]) -> Iterator[Problem]:
    loc = ("operations", key, "arguments")
    found: set[str] = set()
    for argument, text in operation.arguments.items():
        try:
            names = [name for name, _ in rendering.placeholders(text)]
        except rendering.TemplateTextError as error:
            yield document.problem((*loc, argument), str(error))
            continue
        found.update(names)
        for name in names:
            if name not in vocabulary.READER_ARGUMENTS:
                known = vocabulary.READER_ARGUMENTS
                yield document.problem((*loc, argument), f"không có chỗ điền «{{{name}}}»", meant(name, known))
    for name in sorted(needed - found):
        yield document.problem(loc, f"chưa có tham số nào dùng chỗ điền «{{{name}}}»", key=True)


def _measures(document: Document, source: SourceFile) -> Iterator[Problem]:
    # Neither an address nor a way out of the folder: the set is edited by many, the server's files are not theirs.
    if PurePath(source.wsdl).name != source.wsdl:
        yield document.problem(
            ("wsdl",), "WSDL phải là tệp trong thư mục này", "tải về và ghi tên tệp, ví dụ motcua.wsdl"
        )
    if source.max_window <= source.overlap:
        text = "max_window phải dài hơn overlap, nếu không sẽ đọc mãi một chỗ"
        yield document.problem(("max_window",), text)
    if source.page_overlap >= source.page_size:
        yield document.problem(("page_overlap",), "page_overlap phải nhỏ hơn page_size")


def field_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in fields.yaml beyond its form."""
    document, shape = drafts.documents.get("fields.yaml"), drafts.shape("fields.yaml", FieldsFile)
    written = drafts.names("fields.yaml", "fields")
    if document is None or written is None:
        return
    for name in vocabulary.REQUIRED:
        if name not in written:
            yield document.problem(("fields",), f"thiếu trường «{name}»", "mọi bộ ánh xạ đều cần trường này", key=True)
    for name, field in shape.fields.items() if shape else ():
        yield from _field(document, name, field)


def _field(document: Document, name: str, field: FieldShape) -> Iterator[Problem]:
    loc = ("fields", name)
    if name in vocabulary.DERIVED:
        text = f"tên «{name}» do chương trình tự tính, không ánh xạ được"
        yield document.problem(loc, text, "đặt tên khác cho trường này", key=True)
    if name in vocabulary.REQUIRED and not field.required:
        yield document.problem(loc, f"trường «{name}» phải luôn có", "ghi required: true", key=True)
    kinds = vocabulary.KINDS.get(name, ())
    if kinds and field.kind not in kinds:
        yield document.problem((*loc, "kind"), f"trường «{name}» phải có kind: {kinds[0]}")
    if field.kind == "time" and not field.formats:
        yield document.problem(loc, f"trường thời gian «{name}» thiếu formats", "ví dụ formats: [dd/MM/yyyy]", key=True)
    if field.kind != "time" and field.formats:
        yield document.problem((*loc, "formats"), "formats chỉ dùng với kind: time")
    if field.default and field.kind in {"time", "number"}:
        yield document.problem((*loc, "default"), f"default không dùng với kind: {field.kind}")


def status_problems(drafts: Drafts) -> Iterator[Problem]:
    """What is wrong in statuses.yaml beyond its form."""
    document, shape = drafts.documents.get("statuses.yaml"), drafts.shape("statuses.yaml", StatusesFile)
    if document is None or shape is None:
        return
    events = {status.event for status in shape.statuses.values()}
    for code, status in shape.statuses.items():
        if status.event in vocabulary.NOT_A_STATUS:
            text = f"«{status.event}» không phải là một trạng thái; chương trình tự nhận ra khi so sánh"
            yield document.problem(("statuses", code, "event"), text)
        if not status.trusted:
            yield from _untrusted(drafts, document, code, status.event, has_step=Event.STEP in events)


def _untrusted(
    drafts: Drafts, document: Document, code: str, event: Event | None, *, has_step: bool
) -> Iterator[Problem]:
    loc = ("statuses", code, "trusted")
    if event is not Event.READY:
        yield document.problem(loc, "trusted: false chỉ dùng cho trạng thái có event: ready")
        return
    if not has_step:
        yield document.problem(loc, "cần một trạng thái có event: step để nói thay khi chưa tin", "thường là mã 4")
    written = drafts.names("fields.yaml", "fields")
    if written is not None and written.isdisjoint(vocabulary.PROOFS_OF_RESULT):
        hint = "ánh xạ xong_luc hoặc tep_ket_qua trong fields.yaml"
        yield document.problem(loc, "không có trường nào để biết kết quả đã thật sự có", hint)
