"""Whose certificates we believe when we call a one-stop system, and how we prove who we are."""

import os
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests.utils

from adapter.errors import ConfigError

_NO_PASSWORD: Final = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Paths of PEM files. There is no way to say "believe anybody".

    ``ca_file``: the only authorities believed; empty: the public ones (certifi's, not the machine's).
    ``client_cert_file``, ``client_key_file``: our certificate, for systems that ask for one; the key may stand in the
    file of the certificate.
    """

    ca_file: str = ""
    client_cert_file: str = ""
    client_key_file: str = ""

    def context(self) -> ssl.SSLContext:
        """A context for TLS 1.2 and newer that checks the chain, the host's name and the dates.

        Reads the files now: a renewed certificate is used by the next connection that is opened. Raises ConfigError
        when a file cannot be used.
        """
        authorities = self.ca_file or requests.utils.DEFAULT_CA_BUNDLE_PATH
        try:
            context = ssl.create_default_context(cafile=authorities)
        except OSError as error:  # ssl.SSLError is one
            raise ConfigError(
                [f"onestop.ca_file {authorities}: không dùng được / cannot be used: {_reason(error)}"]
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client_cert_file:
            self._prove(context)
        return context

    def _prove(self, context: ssl.SSLContext) -> None:
        key = self.client_key_file or self.client_cert_file
        try:
            if os.name != "nt" and Path(key).stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
                raise ConfigError([f"{key}: người khác đọc được khóa này / this key is open to others; chmod 600"])
            # Without a password here OpenSSL would ask for one on the terminal, and a daemon would wait for ever.
            context.load_cert_chain(self.client_cert_file, key, password=_NO_PASSWORD)
        except OSError as error:
            raise ConfigError([f"onestop.client_cert_file {self.client_cert_file}: {_reason(error)}"]) from error


PUBLIC: Final = Trust()
"""The public authorities, and no certificate of ours."""


def _reason(error: OSError) -> str:
    """What is wrong with a file; OpenSSL's own words never quote it."""
    return error.strerror or type(error).__name__
