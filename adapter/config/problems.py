"""What is wrong in the settings, said so that an operator can mend it, English beside. Never shows a secret."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapter.config.settings import Settings

SECRETS = frozenset(
    {("store", "url"), ("onestop", "password"), ("zalo", "app_secret"), ("zalo", "proxy"), ("alarm", "smtp_password")}
)
"""Keys that may also come from a file: ``<key>_file`` or a systemd credential ``<section>.<key>``."""

_WHOLE = "phải là một số nguyên / must be a whole number"
_NUMBER = "phải là một số / must be a number"
_SWITCH = "phải là true hoặc false / must be true or false"
_ONE_OF = "phải là một trong: {expected} / must be one of these"

#: pydantic's error types (stable names) in the operator's words; ``{}`` takes values of the error's context.
_SENTENCES = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "string_type": "phải là một chuỗi trong dấu ngoặc kép / must be text in quotation marks",
    "path_type": "phải là một đường dẫn trong dấu ngoặc kép / must be a path in quotation marks",
    "tuple_type": 'phải là một danh sách như ["a", "b"] / must be such a list',
    "model_type": "phải là một mục như [store], bên dưới là các khóa / must be a section with keys under it",
    "enum": _ONE_OF,
    "literal_error": _ONE_OF,
    "greater_than": "phải lớn hơn {gt} / must be above {gt}",
    "greater_than_equal": "phải từ {ge} trở lên / must be {ge} or more",
    "less_than_equal": "không được quá {le} / must be {le} or less",
    "value_error": "{error}",
}


def keys_of(section: str) -> tuple[str, ...]:
    """Every key an operator may write in a section, ``*_file`` keys included; none for an unknown section."""
    field = Settings.model_fields.get(section)
    if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, BaseModel):
        return ()
    files = tuple(f"{key}_file" for owner, key in SECRETS if owner == section)
    return (*field.annotation.model_fields, *files)


def sentences(error: ValidationError, origin: Callable[[tuple[str, ...]], str]) -> list[str]:
    """One sentence for each problem pydantic found: where it was written, which key, what is wrong, what was meant."""
    return [_sentence(detail, origin) for detail in error.errors(include_url=False, include_input=False)]


def nearest(word: str, choices: Iterable[str]) -> str:
    """A hint in brackets that names the most similar choice; empty when nothing is similar."""
    close = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f" (có phải là {close[0]}?)" if close else ""


def _sentence(detail: ErrorDetails, origin: Callable[[tuple[str, ...]], str]) -> str:
    place = tuple(str(part) for part in detail["loc"])
    said = _unknown(place) if detail["type"] == "extra_forbidden" else _said(detail)
    return f"{origin(place)}: {'.'.join(place)}: {said}"


def _said(detail: ErrorDetails) -> str:
    context = {key: str(value) for key, value in detail.get("ctx", {}).items()}
    context["expected"] = context.get("expected", "").replace(" or ", " hoặc ")
    sentence = _SENTENCES.get(detail["type"])
    return sentence.format(**context) if sentence else detail["msg"]


def _unknown(place: tuple[str, ...]) -> str:
    if len(place) == 1:
        return "không có mục này / no such section" + nearest(place[0], Settings.model_fields)
    section, key = place[0], place[1]
    elsewhere = [f"{other}.{key}" for other in Settings.model_fields if key in keys_of(other)]
    hint = f" (có phải là {elsewhere[0]}?)" if elsewhere else nearest(key, keys_of(section))
    return "không có khóa này / no such key" + hint
