"""`motcua pause` and `resume`: exactly one scope, known by name."""

import pytest

from adapter.model import PauseScope
from adapter.ports import Store
from tests.cli.conftest import Run


def standing(store: Store) -> list[tuple[PauseScope, str, str]]:
    return [(pause.scope, pause.name, pause.by) for pause in store.read(lambda tx: tx.pauses.standing())]


@pytest.mark.parametrize(
    ("options", "scope", "name"),
    [
        (("--all",), PauseScope.ALL, ""),
        (("--channel", "phone"), PauseScope.CHANNEL, "phone"),
    ],
)
def test_a_scope_stands_still_until_it_is_resumed(
    run: Run, store: Store, options: tuple[str, ...], scope: PauseScope, name: str
) -> None:
    assert run("pause", *options, "--by", "Trần B").exit_code == 0
    assert standing(store) == [(scope, name, "Trần B")]
    assert "Trần B" in run("status").output
    assert run("resume", *options).exit_code == 0
    assert standing(store) == []
    assert run("resume", *options).exit_code == 1


@pytest.mark.parametrize("options", [(), ("--all", "--rule", "x"), ("--channel", "fax")])
def test_not_exactly_one_scope_is_a_usage_error(run: Run, options: tuple[str, ...]) -> None:
    assert run("pause", *options).exit_code == 2


def test_a_mistyped_rule_is_refused_with_the_right_one(run: Run, store: Store) -> None:
    result = run("pause", "--template", "tiep_nhann")
    assert result.exit_code == 2
    assert "có phải là" in result.stderr
    assert standing(store) == []
