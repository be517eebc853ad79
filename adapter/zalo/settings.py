"""Where Zalo is, who we are to it, and how long we wait."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapter.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """The hosts, each an absolute URL without a slash at its end. Zalo moves endpoints at short notice (zalo.md 10).

    Raises ConfigError for anything else: a base that is wrong would turn every message into a riddle later.
    """

    oauth: str = "https://oauth.zaloapp.com"
    openapi: str = "https://openapi.zalo.me"
    business: str = "https://business.openapi.zalo.me"

    def __post_init__(self) -> None:
        """Check each base."""
        bases = {"oauth": self.oauth, "openapi": self.openapi, "business": self.business}
        wrong = [name for name, url in bases.items() if not _is_base(url)]
        if wrong:
            raise ConfigError([f"zalo base {name}: not an http(s) URL without a slash at its end" for name in wrong])


@dataclass(frozen=True, slots=True, kw_only=True)
class Zalo:
    """One app at Zalo and how it is called. Times are seconds; zalo.md 8 suggests 5 to connect and 20 to read."""

    app_id: str
    app_secret: str = field(repr=False)
    bases: Bases = field(default_factory=Bases)
    proof: bool = False  #: send ``appsecret_proof``, if the app's console demands it (zalo.md 1.5)
    connect_timeout: float = 5.0
    read_timeout: float = 20.0
    slots: int = 32  #: messages on the wire at once
    ca_file: str = ""  #: PEM of the only authorities believed; empty: the public ones
    proxy: str = field(default="", repr=False)  #: the way out of the house, ``http://[user:password@]host:port``

    def __post_init__(self) -> None:
        """Refuse what could never send."""
        wrong = [
            f"zalo {name}: must be more than zero"
            for name in ("connect_timeout", "read_timeout", "slots")
            if getattr(self, name) <= 0
        ]
        if not (self.app_secret.isascii() and self.app_secret.isprintable()):  # found later, it would cost the pair
            wrong.append("zalo app_secret: letters, digits and signs of ASCII only, in one line")
        if self.proxy and not _is_proxy(self.proxy):
            wrong.append("zalo proxy: not an address such as http://10.0.0.1:3128")
        if wrong:
            raise ConfigError(wrong)

    @property
    def pool_timeout(self) -> float:
        """Longest wait for a connection: a free slot of the pool (there always is one) and then the connecting."""
        return self.connect_timeout + 1.0

    @property
    def total_timeout(self) -> float:
        """No request lasts longer than this, however slowly its answer drips. A lease must last twice as long."""
        return self.pool_timeout + self.read_timeout + 1.0


def _is_base(url: str) -> bool:
    scheme, separator, rest = url.partition("://")
    # A user name in front of the host is how an address pretends to be another's: https://openapi.zalo.me@evil.vn.
    plain = scheme in {"http", "https"} and rest[:1] not in {"", "/"} and "@" not in rest
    return bool(separator) and plain and not rest.endswith("/")


def _is_proxy(url: str) -> bool:
    try:
        address = urlsplit(url)
        return address.scheme == "http" and bool(address.hostname) and address.port is not None
    except ValueError:
        return False
