"""The short form of ``python -m tests.fuzz``: no parser of foreign bytes does anything but what it promises."""

import pytest

from tests.fuzz.running import run
from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_foreign_bytes_are_read_or_refused(target: Target) -> None:
    run(target, 40 if target.slow else 300, start=1)


def test_a_parser_that_lets_something_else_through_is_found() -> None:
    def careless(data: bytes, _: list[int]) -> None:
        data.decode("ascii")

    with pytest.raises(UnicodeDecodeError):
        run(Target("careless", TARGETS[0].fed, careless), 300, start=1)
