"""What the province's rules do when a send stays unknown: the table of DESIGN 4.3, rule by rule."""

from pathlib import Path

import pytest

from adapter.core import mapping
from adapter.model import AfterUnknown, Event, Rulebook

FOLDER = Path(__file__).parents[2] / "mappings" / "vinhphuc"
REMINDED = {Event.SUPPLEMENT, Event.PAYMENT, Event.READY, Event.REFUSED, Event.STOPPED}


@pytest.fixture(scope="module")
def vinhphuc() -> Rulebook:
    rulebook, problems = mapping.load({path.name: path.read_text("utf-8") for path in FOLDER.glob("*.yaml")}, "")
    assert rulebook is not None, problems
    return rulebook


@pytest.mark.parametrize("event", list(Event))
def test_what_matters_is_reminded_and_the_rest_is_left_to_the_next_message(vinhphuc: Rulebook, event: Event) -> None:
    wanted = AfterUnknown.REMIND if event in REMINDED else AfterUnknown.LEAVE
    rules = [rule for rule in vinhphuc.rules if rule.on is event]
    assert all(rule.after_unknown is wanted for rule in rules)
    assert rules or event not in REMINDED


def test_a_reminder_says_that_it_may_be_a_repeat(vinhphuc: Rulebook) -> None:
    texts = {vinhphuc.templates[rule.reminder_template].text for rule in vinhphuc.rules if rule.reminder_template}
    assert texts
    assert all("bỏ qua" in text for text in texts)
