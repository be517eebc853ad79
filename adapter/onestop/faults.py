"""Names for what goes wrong between us and a one-stop system. No sentence here repeats personal data."""

import itertools
import re
import ssl
from typing import Final

import requests
import urllib3.exceptions

from adapter.errors import SourceError, SourceFault

_LONGEST: Final = 200
_DIGIT_RUN: Final = re.compile(r"\d(?:[ .\-]?\d){5,}")
"""Phones, identity numbers and dossier codes, also as typed with dots, dashes and spaces between the digits."""
_WORDS: Final = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?: [^\W\d_]++)++")
"""From the first letter of a word on only, and without second thoughts: a million letters are looked at once."""


def redacted(text: str) -> str:
    """The first 200 characters of the first line, without what looks like a person or speaks to a terminal.

    What is not printable (escapes, marks that turn the writing round) becomes a space. Every run of six or more digits
    is blotted out, and every run of two or more capitalised words, which is how names are written. A name typed in
    small letters is not recognised.
    """
    line = "".join(sign if sign.isprintable() else " " for sign in text.strip().partition("\n")[0])
    return _WORDS.sub(_without_names, _DIGIT_RUN.sub("#", line))[:_LONGEST]


def _without_names(words: re.Match[str]) -> str:
    kept: list[str] = []
    for capitalised, run in itertools.groupby(words[0].split(" "), lambda word: word[0].isupper()):
        together = list(run)
        kept += ["#"] if capitalised and len(together) > 1 else together
    return " ".join(kept)


def from_transport(error: Exception) -> SourceError:
    """The fault behind an exception of requests or urllib3, named by its class: its text may quote the answer."""
    name = type(error).__name__
    if refused := _refused_certificate(error):
        return SourceError(SourceFault.UNREACHABLE, f"its certificate is not accepted: {refused}")
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError) or _never_connected(error):
        return SourceError(SourceFault.UNREACHABLE, f"no connection ({name})")
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return SourceError(SourceFault.TIMEOUT, f"no more bytes in time ({name})")
    return SourceError(SourceFault.TRUNCATED, f"the connection broke before the answer was complete ({name})")


def _never_connected(error: Exception) -> bool:
    # requests has one ConnectionError for a port nobody listens on and for a connection that broke later. With no
    # retries of its own, urllib3 raises MaxRetryError for the first only.
    return bool(error.args) and isinstance(error.args[0], urllib3.exceptions.MaxRetryError)


def _refused_certificate(error: BaseException | None) -> str:
    """OpenSSL's reason for refusing a certificate, empty when that was not the fault; it quotes host names only."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return ""
