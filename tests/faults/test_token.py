"""The pair of tokens that opens Zalo is lost: only a person can give another."""

import json

import pytest

from adapter.model import DeliveryState
from tests.daemon.test_daemon import ask, free_port
from tests.faults.scene import Scene, code_of


@pytest.mark.fault("token-lost")
def test_the_pair_is_lost(either: Scene) -> None:
    """Somebody else made a new pair, and ours died of it. Reading goes on; a person's pair sends what waits."""
    scene, port = either, free_port()
    scene.wait(minutes=20)
    with scene.running(MOTCUA_HEALTH__LISTEN=f"127.0.0.1:{port}"):
        scene.file(1)
        scene.until_told(1)
        scene.place.zalo.issue_tokens()
        scene.file(2, 3)
        scene.rings("zalo-token-lost")
        scene.rings("pause:channel:phone")
        scene.until_are(2, DeliveryState.PENDING)
        scene.file(4)
        scene.until_are(3, DeliveryState.PENDING)
        assert set(scene.told()) == {code_of(1)}
        assert json.loads(ask(port, "/readyz")[1]) == {"ok": False, "silent": [], "failing": [], "missing": ["token"]}
        pair = scene.place.zalo.issue_tokens()
        pasted = f"{pair.access_token}\n{pair.refresh_token}\n"
        assert pair.access_token not in scene.motcua("zalo", "token", "set", stdin=pasted).output
        scene.until_told()
        scene.is_over("zalo-token-lost")
        scene.is_over("pause:channel:phone")
        assert ask(port, "/readyz")[0] == 200
    scene.prove()


@pytest.mark.fault("token-late")
def test_the_token_endpoint_is_away(scene: Scene) -> None:
    """The old access token serves as long as it lives; a person is told before it ends."""
    path = "/oauth/v4/oa/access_token"
    scene.wait(minutes=20 * 60)
    scene.place.zalo.fault("http", path=path, times=1000, status=503)
    with scene.running():
        scene.rings("zalo-token-late")
        scene.file(1)
        scene.until_told(1)
        scene.place.zalo.clear_faults()
        scene.wait(minutes=2)
        scene.motcua("zalo", "token", "refresh")
        scene.is_over("zalo-token-late")
        scene.file(2)
        scene.until_told(2)
    scene.prove()
