"""The tables against the reference: every code of zalo.md 4.1 and 4.2, by its class there."""

import pytest

from adapter.model import Cause, Channel
from adapter.zalo.codes import OA, UNKNOWN, ZBS, meaning

LATER, PERSON, TEMPLATE, CONTENT = Cause.LATER, Cause.PERSON, Cause.TEMPLATE, Cause.CONTENT
ACCOUNT, TOKEN, QUOTA, NIGHT, RATE = Cause.ACCOUNT, Cause.TOKEN, Cause.QUOTA, Cause.NIGHT, Cause.RATE

REFERENCE_OA = {
    RATE: {-32},
    LATER: {-200, -214},
    TEMPLATE: {-201, -233, -238, -240, -241, -248, -1340, -1341},
    CONTENT: {-100, -210},
    QUOTA: {-211},
    NIGHT: {-234},
    TOKEN: {-216, -220},
    PERSON: {-213, -217, -218, -227, -230, -232, -237, -244, -249, -403},
    ACCOUNT: {-204, -205, -209, -212, -219, -221, -223, -224, -235, -242, -320, -321},
}
REFERENCE_ZBS = {
    RATE: {-32},
    LATER: {-100, -1123, -129, -143, -152},
    TEMPLATE: {-106, -107, -109, -1091, -111, -1122, -113, -1131, -116, -117, -121, -122, -127, -131, -132, -145}
    | {-146, -148, -149, -150, -1491, -151, -158, -159, -161, -162},
    CONTENT: {-112, -1121, -1124, -130, -153},
    QUOTA: {-144, -1441, -147, -160},
    NIGHT: {-133},
    TOKEN: {-124},
    PERSON: {-108, -110, -114, -118, -119, -134, -139, -140, -141, -1471, -1472},
    ACCOUNT: {-101, -102, -103, -104, -105, -115, -120, -1201, -1202, -123, -1241, -125, -126, -128, -135, -1351}
    | {-136, -137, -138, -1381, -142},
}


@pytest.mark.parametrize(
    ("channel", "cause", "code"),
    [
        (channel, cause, code)
        for channel, table in ((Channel.UID, REFERENCE_OA), (Channel.PHONE, REFERENCE_ZBS))
        for cause, codes in table.items()
        for code in sorted(codes)
    ],
)
def test_a_code_has_the_cause_of_its_class(channel: Channel, cause: Cause, code: int) -> None:
    assert meaning(channel, code).cause is cause


def test_no_code_stands_beside_the_reference() -> None:
    assert set(OA) == set().union(*REFERENCE_OA.values())
    assert set(ZBS) == set().union(*REFERENCE_ZBS.values())


@pytest.mark.parametrize("table", [OA, ZBS])
def test_every_code_has_a_reason(table: dict[int, object]) -> None:
    assert all(str(getattr(found, "reason", "")) for found in table.values())


@pytest.mark.parametrize(("channel", "code", "cause"), [(Channel.UID, -118, PERSON), (Channel.PHONE, -216, TOKEN)])
def test_a_code_of_the_other_family_is_understood_too(channel: Channel, code: int, cause: Cause) -> None:
    assert meaning(channel, code).cause is cause


@pytest.mark.parametrize("channel", list(Channel))
def test_an_unknown_code_is_tried_later(channel: Channel) -> None:
    assert meaning(channel, -99999) is UNKNOWN
    assert UNKNOWN.cause is LATER
