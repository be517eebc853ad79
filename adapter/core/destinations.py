"""Where a password may go: to hosts that the operator named, wherever a mapping set points."""

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit


def origin(address: str) -> str:
    """Scheme, host and, where one is written, port of an address: ``https://motcua.tinh.gov.vn``; empty for none."""
    found = _split(address)
    if found is None or not found.hostname:
        return ""
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    return f"{found.scheme}://{host}" + (f":{found.port}" if found.port is not None else "")


def leads_to(address: str, origins: Iterable[str]) -> bool:
    """Whether an address leads to one of these origins. One that is written without a port stands for every port."""
    wanted = origin(address)
    found = _split(wanted)
    if found is None or not wanted:
        return False
    any_port = wanted.removesuffix(f":{found.port}")
    return any(one in {wanted, any_port} for one in map(origin, origins) if one)


def _split(address: str) -> SplitResult | None:
    """The parts of an address; None for what cannot be one, or could be read as two."""
    try:
        found = urlsplit(address)
        _ = found.port
    except ValueError:
        return None
    plain = found.netloc.isprintable() and not any(sign in found.netloc for sign in "@\\ ")
    return found if plain and found.scheme in {"http", "https"} else None
