"""What Zalo says of our account and templates, against the imitation of it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adapter.model import Channel, Param, Rulebook, Template, ZbsTemplate
from adapter.simulators.zalo.simulator import ZaloSimulator
from adapter.zalo.inspect import Inspector, Seen
from tests.builders import a_rulebook
from tests.zalo.builders import settings

GIVEN = {"ten": 30, "ngay": 20}


def rulebook(*channels: Channel, template_id: str = "100", lengths: Mapping[str, int] = GIVEN) -> Rulebook:
    params = tuple(Param(name=name, text="x", max_length=most) for name, most in lengths.items())
    zbs = {channel: ZbsTemplate(template_id=template_id, params=params) for channel in channels or (Channel.PHONE,)}
    return replace(a_rulebook(), templates={"tin": Template(name="tin", text="x", zbs=zbs)})


def inspector(sim: ZaloSimulator) -> Inspector:
    return Inspector(settings(sim.url, apart=True), sim.issue_tokens().access_token)


def only(sim: ZaloSimulator, book: Rulebook) -> Seen:
    (seen,) = inspector(sim).templates(book)
    return seen


def test_a_template_that_fits_has_its_price(sim: ZaloSimulator) -> None:
    seen = only(sim, rulebook(Channel.PHONE, Channel.UID))
    assert seen.fits
    assert (seen.channels, seen.price, seen.price_uid) == ((Channel.PHONE, Channel.UID), "200", "140")


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ({"ten": 30}, {"lacking": ("ngay",)}),
        (GIVEN | {"la": 5}, {"extra": ("la",)}),
        ({"ten": 31, "ngay": 20}, {"longer": ("ten",)}),
        ({"ten": 5, "ngay": 5}, {}),
        ({"Ten": 30}, {"lacking": ("ngay", "ten"), "extra": ("Ten",)}),
    ],
)
def test_parameters_are_held_against_zalos_own_list(
    sim: ZaloSimulator, lengths: dict[str, int], told: dict[str, tuple[str, ...]]
) -> None:
    seen = only(sim, rulebook(lengths=lengths))
    assert {"lacking": seen.lacking, "extra": seen.extra, "longer": seen.longer} == {
        "lacking": (),
        "extra": (),
        "longer": (),
    } | told
    assert seen.fits == (not told)


def test_an_optional_parameter_need_not_be_given(sim: ZaloSimulator) -> None:
    sim.state.put_templates(
        [{"template_id": "100", "params": [{"name": "ten"}, {"name": "ngay", "max_length": 20, "required": False}]}]
    )
    assert only(sim, rulebook(lengths={"ten": 30})).fits


def test_a_template_that_is_not_enabled_does_not_fit(sim: ZaloSimulator) -> None:
    sim.state.put_templates([{"template_id": "100", "status": "PENDING_REVIEW"}])
    seen = only(sim, rulebook())
    assert (seen.status, seen.fits) == ("PENDING_REVIEW", False)


def test_an_unknown_template_and_a_dead_token_are_codes(sim: ZaloSimulator) -> None:
    assert only(sim, rulebook(template_id="999")).code == "-109"
    stale = inspector(sim)
    sim.issue_tokens()
    account = stale.account()
    assert (account.oa_code, account.zbs_code) == ("-220", "-124")


def test_each_id_is_asked_for_once(sim: ZaloSimulator) -> None:
    ids = [str(number) for number in range(100, 112)]
    sim.state.put_templates(
        [{"template_id": one, "params": [{"name": "ten"}, {"name": "ngay", "max_length": 20}]} for one in ids]
    )
    books = [rulebook(Channel.PHONE, Channel.UID, template_id=one).templates["tin"] for one in ids]
    together = replace(a_rulebook(), templates={f"tin-{i}": book for i, book in zip(ids, books, strict=True)})
    seen = inspector(sim).templates(together)
    assert [one.template_id for one in seen] == ids
    assert all(one.fits for one in seen)


def test_the_account_says_what_is_left_of_the_day(sim: ZaloSimulator) -> None:
    sim.state.account.daily_quota = 500
    sim.state.roll_day()
    sim.state.account.used_today = 20
    account = inspector(sim).account()
    assert (account.oa_code, account.zbs_code, account.verified) == ("0", "0", True)
    assert (account.left, account.daily) == (480, 500)


def test_no_limit_is_no_number(sim: ZaloSimulator) -> None:
    sim.state.account.daily_quota = None
    assert inspector(sim).account().left is None


def test_a_host_that_is_away_is_a_fault_by_its_class() -> None:
    away = Inspector(settings("http://127.0.0.1:9", apart=True), "token")
    assert away.account().oa_code == "ClientConnectorError"
    (seen,) = away.templates(rulebook())
    assert (seen.code, seen.fits) == ("ClientConnectorError", False)
