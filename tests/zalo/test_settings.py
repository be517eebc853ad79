import pytest

from adapter.errors import ConfigError
from adapter.zalo.settings import Bases, Zalo


@pytest.mark.parametrize("url", ["", "zalo.me", "ftp://zalo.me", "https://", "https:///v2", "https://zalo.me/", "//a"])
def test_a_base_that_is_no_absolute_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="openapi"):
        Bases(openapi=url)


def test_every_wrong_base_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Bases(oauth="x", openapi="y", business="z")
    assert len(caught.value.problems) == 3


def test_what_could_never_send_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        Zalo(app_id="1", app_secret="s", slots=0, read_timeout=0)
    assert {problem.split(":")[0] for problem in caught.value.problems} == {"zalo slots", "zalo read_timeout"}


@pytest.mark.parametrize("secret", ["bí mật", "a\nb", "\u201ca\u201d"])
def test_a_secret_that_no_header_can_carry_is_refused_before_a_refresh_token_is_spent(secret: str) -> None:
    with pytest.raises(ConfigError, match="app_secret") as caught:
        Zalo(app_id="1", app_secret=secret)
    assert secret not in str(caught.value)


def test_the_whole_outlasts_its_parts() -> None:
    zalo = Zalo(app_id="1", app_secret="s", connect_timeout=5, read_timeout=20)
    assert zalo.total_timeout > zalo.pool_timeout + zalo.read_timeout
    assert zalo.pool_timeout > zalo.connect_timeout


def test_the_secret_is_not_shown() -> None:
    assert "hush" not in repr(Zalo(app_id="1", app_secret="hush"))
