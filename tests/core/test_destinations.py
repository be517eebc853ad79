"""Where a password may go."""

import pytest

from adapter.core.destinations import leads_to, origin

NAMED = ("https://motcua.tinh.gov.vn", "http://10.62.0.5", "https://cong.tinh.gov.vn:8443", "")


@pytest.mark.parametrize(
    "address",
    [
        "https://motcua.tinh.gov.vn",
        "https://MOTCUA.tinh.gov.vn/ws/motcua.asmx?x=1",
        "https://motcua.tinh.gov.vn:444/ws",
        "http://10.62.0.5:8101/ws",
        "https://cong.tinh.gov.vn:8443/ws",
    ],
)
def test_an_address_at_a_named_host_is_led_to(address: str) -> None:
    assert leads_to(address, NAMED)


@pytest.mark.parametrize(
    "address",
    [
        "http://motcua.tinh.gov.vn/ws",
        "https://10.62.0.5/ws",
        "https://cong.tinh.gov.vn/ws",
        "https://cong.tinh.gov.vn:443/ws",
        "https://motcua.tinh.gov.vn.evil.vn/ws",
        "https://evil.vn/motcua.tinh.gov.vn",
        "https://evil.vn#motcua.tinh.gov.vn",
        "https://evil.vn?motcua.tinh.gov.vn",
        "https://motcua.tinh.gov.vn@evil.vn",
        "https://evil.vn\\motcua.tinh.gov.vn",
        "https://motcua.tinh.gov.vn\\.evil.vn",
        "https://motcua.tinh.gov.vn:x/ws",
        "https://[::1",
        "ftp://motcua.tinh.gov.vn",
        "https://",
        "",
    ],
)
def test_anything_else_is_not(address: str) -> None:
    assert not leads_to(address, NAMED)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://A.vn:8/x", "https://a.vn:8"),
        ("http://[::1]:80/x", "http://[::1]:80"),
        ("nonsense", ""),
        ("https://u:p@a.vn", ""),
    ],
)
def test_the_origin_of_an_address_is_scheme_host_and_port(address: str, said: str) -> None:
    assert origin(address) == said
