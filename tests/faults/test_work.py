"""A job of the daemon fails again and again while the process lives and the database can be written."""

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from adapter.model import DeliveryState
from tests.daemon.test_daemon import ask, free_port
from tests.faults.machine import HOST, hears, running
from tests.faults.scene import TOLD, Scene
from tests.postgres import psycopg_url


@contextlib.contextmanager
def damaged(scene: Scene) -> Iterator[None]:
    """The table of the attempts is gone: what the sender must write down cannot be written, all else can."""
    url = scene.place.environ["MOTCUA_STORE__URL"]
    engine = create_engine(psycopg_url(url) if scene.place.database else url)

    def give(name: str, other: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {other}")

    give("attempts", "attempts_away")
    try:
        yield
    finally:
        give("attempts_away", "attempts")
        engine.dispose()


@pytest.mark.fault("work-fails")
def test_a_sender_that_cannot_write_its_answers_down(either: Scene) -> None:
    """Zalo has the message; its answer waits in memory until it can be written, and people hear that it cannot."""
    scene, port = either, free_port()
    with running(scene, MOTCUA_HEALTH__LISTEN=f"127.0.0.1:{port}"):
        scene.file(1)
        scene.until_told(1)
        scene.until(lambda: len(scene.codes_in(*TOLD)) == 1)
        with damaged(scene):
            scene.file(2)
            hears(scene, f"work:{HOST}:sender")
            assert f"work:{HOST}:sender" in scene.alarms()
            assert ask(port, "/livez")[0] == 200
            assert ask(port, "/readyz")[0] == 503
            assert f"database:{HOST}" not in scene.alarms()
        hears(scene, f"work:{HOST}:sender", "cleared")
        scene.until(lambda: len(scene.codes_in(*TOLD)) == 2)
        scene.file(3)
        scene.until_told(3)
        scene.until_are(0, DeliveryState.SENDING)
        assert ask(port, "/readyz")[0] == 200
        scene.motcua("db", "check")
        scene.motcua("doctor")
    scene.prove()
