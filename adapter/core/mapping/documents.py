"""YAML text into plain data with a place for every key and value. Every scalar is a string, in NFC.

Built straight from the parser's events: nothing is guessed (``08``, ``yes``, ``012345678901`` and dates stay as
written, reference/libraries.md 4), nothing is constructed, and every node knows its line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from adapter.core.composed import composed
from adapter.model import Problem

Key = str | int
Loc = tuple[Key, ...]
Data = str | list["Data"] | dict[str, "Data"]

MAX_BYTES: Final = 1_000_000
_MAX_DEPTH: Final = 20

_SENTENCES: Final = (
    ("mapping values are not allowed", "có dấu hai chấm ở chỗ không ngờ", 'đặt cả giá trị trong dấu nháy kép "…"'),
    ("could not find expected ':'", "thiếu dấu hai chấm sau tên khóa", "mỗi dòng có dạng «khóa: giá trị»"),
    ("found unexpected end of stream", "dấu nháy mở mà không đóng", "kiểm tra dấu nháy ở các dòng trên"),
    ("expected ',' or", "thiếu dấu phẩy hoặc dấu đóng ngoặc ] }", "mở ngoặc ở đâu thì đóng ngoặc ở đó"),
    ("but found", "thụt lề không đều hoặc thừa dấu", "các khóa cùng cấp phải thẳng hàng"),
    ("cannot start any token", "có ký tự không được mở đầu giá trị", 'đặt giá trị trong dấu nháy kép "…"'),
)


@dataclass(slots=True)
class Document:
    """One mapping file as data. ``values`` and ``keys`` hold 1-based (line, column) of each value and each key."""

    file: str
    data: Data = ""
    values: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Loc, tuple[int, int]] = field(default_factory=dict)

    def problem(self, loc: Loc, text: str, hint: str = "", *, key: bool = False) -> Problem:
        """Return a problem at a value (or its key); at the nearest enclosing node when there is none at ``loc``."""
        places = self.keys if key and loc in self.keys else self.values
        while loc and loc not in places:
            loc, places = loc[:-1], self.values
        line, column = places.get(loc, (1, 1))
        return Problem(file=self.file, line=line, column=column, text=text, hint=hint)

    def names(self, *path: str) -> frozenset[str]:
        """Return the keys written below ``path``, whether or not what they hold is right."""
        node = self.data
        for step in path:
            node = node.get(step, "") if isinstance(node, dict) else ""
        return frozenset(node) if isinstance(node, dict) else frozenset()


def parse(file: str, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Read one file. Without a document there is at least one problem; with one there may still be some."""
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return None, (_whole(file, "tệp lớn hơn 1 MB", "tệp ánh xạ chỉ chứa cấu hình"),)
    if tabs := tuple(_tabs(file, text)):
        return None, tabs
    builder = _Builder(file)
    try:
        builder.read(text)
    except MarkedYAMLError as error:
        return None, (*builder.problems, _syntax(file, error))
    except (YAMLError, ValueError, OverflowError):
        # The scanner's own checks end here: control characters, escapes beyond Unicode.
        return None, (*builder.problems, _whole(file, "tệp có ký tự mà YAML không cho phép", "lưu lại tệp dạng UTF-8"))
    return builder.document, tuple(builder.problems)


class _Builder:
    """Walks the parser's events once."""

    def __init__(self, file: str) -> None:
        self.document = Document(file)
        self.problems: list[Problem] = []

    def read(self, text: str) -> None:
        events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        documents = 0
        for event in events:
            if isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
                continue
            if not isinstance(event, DocumentStartEvent):
                self.document.data = self._node(event, events, ())
                continue
            documents += 1
            if documents > 1:
                self._refuse(event, "tệp có nhiều hơn một tài liệu", "bỏ dòng «---»")
                return

    def _node(self, event: Event, events: Iterator[Event], loc: Loc) -> Data:
        self.document.values.setdefault(loc, _place(event))
        self._plain_only(event)
        if len(loc) > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, loc)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, loc)
        return _text(event)

    def _mapping(self, events: Iterator[Event], loc: Loc) -> Data:
        held: dict[str, Data] = {}
        while isinstance(event := next(events), NodeEvent):
            self._plain_only(event)
            if not isinstance(event, ScalarEvent):
                self._refuse(event, "tên khóa phải là chữ", 'giá trị có {…} hoặc […] phải đặt trong dấu nháy kép "…"')
            key = _text(event) if isinstance(event, ScalarEvent) else str(self._node(event, events, (*loc, "?")))
            if key in held:
                self._refuse(event, f"khóa «{key}» viết hai lần", f"lần đầu ở dòng {self.document.keys[*loc, key][0]}")
            self.document.keys.setdefault((*loc, key), _place(event))
            value = self._node(next(events), events, (*loc, key))
            held.setdefault(key, value)
        return held

    def _sequence(self, events: Iterator[Event], loc: Loc) -> Data:
        held: list[Data] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            held.append(self._node(event, events, (*loc, len(held))))
        return held

    def _plain_only(self, event: Event) -> None:
        """Tags make objects and anchors make hidden copies; neither belongs in what an admin has to see through."""
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, "không dùng dấu neo & và *", 'viết lại giá trị, hoặc đặt trong dấu nháy kép "…"')
        elif getattr(event, "tag", None):
            self._refuse(event, "không dùng thẻ kiểu bắt đầu bằng dấu !", 'đặt giá trị trong dấu nháy kép "…"')

    def _refuse(self, event: Event, text: str, hint: str) -> None:
        line, column = _place(event)
        self.problems.append(Problem(file=self.document.file, line=line, column=column, text=text, hint=hint))


def _text(event: Event) -> str:
    return composed(str(getattr(event, "value", "")))


def _place(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1


def _tabs(file: str, text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), start=1):
        if match := re.search("\t", line):
            hint = "dùng dấu cách thay cho phím Tab"
            yield Problem(file=file, line=number, column=match.start() + 1, text="dòng có ký tự Tab", hint=hint)


def _syntax(file: str, error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    english = str(error.problem or error.context or "")
    for words, sentence, hint in _SENTENCES:
        if words in english:
            return Problem(file=file, line=line, column=column, text=sentence, hint=hint)
    return Problem(file=file, line=line, column=column, text="cú pháp YAML chưa đúng", hint=english)


def _whole(file: str, text: str, hint: str) -> Problem:
    return Problem(file=file, line=0, column=1, text=text, hint=hint)
