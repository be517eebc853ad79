"""What is wrong in the settings, said in Vietnamese so that an operator can mend it. Never shows a secret."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapter.config.settings import Settings

SECRETS = frozenset(
    {("store", "url"), ("onestop", "password"), ("zalo", "app_secret"), ("zalo", "proxy"), ("alarm", "smtp_password")}
)
"""Keys that may also come from a file: ``<key>_file`` or a systemd credential ``<section>.<key>``."""

#: pydantic's error types (stable names) in the operator's words; ``{}`` takes values of the error's context.
_SENTENCES = {
    "int_type": "phải là một số nguyên",
    "int_parsing": "phải là một số nguyên",
    "int_from_float": "phải là một số nguyên",
    "float_type": "phải là một số",
    "float_parsing": "phải là một số",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "string_type": "phải là một chuỗi trong dấu ngoặc kép",
    "path_type": "phải là một đường dẫn trong dấu ngoặc kép",
    "tuple_type": 'phải là một danh sách như ["a", "b"]',
    "model_type": "phải là một mục như [store], bên dưới là các khóa",
    "enum": "phải là một trong: {expected}",
    "literal_error": "phải là một trong: {expected}",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than_equal": "không được quá {le}",
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
    context = {key: str(value).replace(" or ", " hoặc ") for key, value in detail.get("ctx", {}).items()}
    sentence = _SENTENCES.get(detail["type"])
    return sentence.format(**context) if sentence else detail["msg"]


def _unknown(place: tuple[str, ...]) -> str:
    if len(place) == 1:
        return "không có mục này" + nearest(place[0], Settings.model_fields)
    section, key = place[0], place[1]
    elsewhere = [f"{other}.{key}" for other in Settings.model_fields if key in keys_of(other)]
    hint = f" (có phải là {elsewhere[0]}?)" if elsewhere else nearest(key, keys_of(section))
    return "không có khóa này" + hint
