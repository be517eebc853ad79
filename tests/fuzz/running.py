"""Feeding one target so many examples."""

from hypothesis import HealthCheck, given, seed, settings

from tests.fuzz.targets import Target


def run(target: Target, examples: int, start: int) -> None:
    """Feed a target. Raises what it raised, with the smallest bytes that make it do so in the exception's notes."""

    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.fed)
    def one(fed: tuple[bytes, list[int]]) -> None:
        target.feed(*fed)

    one()
