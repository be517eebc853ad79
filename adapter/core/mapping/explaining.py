"""What pydantic refused, as problems an admin can act on: place, Vietnamese sentence, what was probably meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapter.core.mapping.documents import Document, Loc
from adapter.model import Problem

_QUOTED: Final = re.compile("'([^']*)'")
_PATTERNS: Final = {
    r"^[a-z][a-z0-9_]{0,59}$": "tên chỉ gồm chữ thường không dấu, chữ số và dấu gạch dưới, bắt đầu bằng chữ",
    r"^[a-zA-Z][a-zA-Z0-9_]*$": "tên tham số chỉ gồm chữ không dấu, chữ số và dấu gạch dưới",
    r"^\d{1,20}$": "mã mẫu Zalo chỉ gồm chữ số",
}
_SENTENCES: Final = {
    "string_type": ("cần chữ", 'giá trị có {…} hoặc […] phải đặt trong dấu nháy kép "…"'),
    "string_too_short": ("không được để trống", ""),
    "list_type": ("cần một danh sách", "viết dạng [A, B]"),
    "too_short": ("danh sách không được để trống", ""),
    "bool_parsing": ("cần true hoặc false", ""),
    "bool_type": ("cần true hoặc false", ""),
    "int_parsing": ("cần một số nguyên", ""),
    "int_type": ("cần một số nguyên", ""),
    "dict_type": ("cần các khóa bên dưới, mỗi khóa một dòng và thụt vào", ""),
    "model_type": ("cần các khóa bên dưới, mỗi khóa một dòng và thụt vào", ""),
}


def meant(written: str, known: Iterable[str]) -> str:
    """Return "did you mean" in Vietnamese, or the whole choice when it is short, or nothing."""
    choices = sorted(set(known))
    if close := get_close_matches(written, choices, n=1, cutoff=0.6):
        return f"có phải «{close[0]}»?"
    return f"chọn một trong: {', '.join(choices)}" if 0 < len(choices) <= 20 else ""  # noqa: PLR2004 - a readable line


def explained(error: ValidationError, document: Document, shape: type[BaseModel]) -> list[Problem]:
    """Return every refusal of one file, in the order of the file."""
    problems = [_explained(detail, document, shape) for detail in error.errors(include_url=False)]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _explained(detail: ErrorDetails, document: Document, shape: type[BaseModel]) -> Problem:
    loc, kind = detail["loc"], detail["type"]
    if kind == "missing":
        return document.problem(loc[:-1], f"thiếu khóa «{loc[-1]}»", key=True)
    if kind == "extra_forbidden":
        return document.problem(
            loc, f"không có khóa «{loc[-1]}»", meant(str(loc[-1]), _keys(shape, loc[:-1])), key=True
        )
    if loc and loc[-1] == "[key]":
        return document.problem(loc[:-1], *_said(detail), key=True)
    return document.problem(loc, *_said(detail))


def _said(detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in {"enum", "literal_error"}:
        written = detail["input"] if isinstance(detail["input"], str) else "…"
        return f"không có lựa chọn «{written}»", meant(written, _QUOTED.findall(str(context["expected"])))
    told = {
        "said": f"{context.get('sentence')}",
        "string_pattern_mismatch": _PATTERNS.get(str(context.get("pattern")), "cần một địa chỉ bắt đầu bằng https://"),
        "greater_than_equal": f"số này phải ít nhất là {context.get('ge')}",
        "less_than_equal": f"số này phải nhiều nhất là {context.get('le')}",
        "too_long": f"nhiều nhất {context.get('max_length')} mục",
    }
    if kind in told:
        return told[kind], ""
    return _SENTENCES.get(kind, (f"giá trị chưa đúng ({kind})", ""))


def _keys(shape: type[BaseModel], loc: Loc) -> frozenset[str]:
    """The keys allowed at ``loc``, found by walking the shape as the data was walked."""
    here: Any = shape
    for step in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            here = here.model_fields[str(step)].annotation if step in here.model_fields else None
        else:
            here = get_args(here)[-1] if get_origin(here) in {dict, list} else None
        here = _bare(here)
    return frozenset(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else frozenset()


def _bare(annotation: object) -> object:
    """An annotation without ``Annotated`` and without ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return _bare(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation
