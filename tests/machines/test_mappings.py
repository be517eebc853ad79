"""Two machines, each with a mapping set on its own disk."""

import shutil

import pytest

from tests.machines.fleet import Fleet

pytestmark = pytest.mark.postgres
QUICK = {"MACHINE_RENEW": "0.5"}


@pytest.mark.fault("mapping-differs")
def test_a_set_that_was_edited_on_one_machine_only_is_told_until_every_disk_has_it(machines: Fleet) -> None:
    folder = machines.place.folder / "mappings" / "vinhphuc"
    other = machines.place.folder / "other" / "vinhphuc"
    shutil.copytree(folder, other)
    machines.start("mot", **QUICK)
    machines.start("hai", MOTCUA_MAPPING__FOLDER=str(other), **QUICK)
    machines.until_ready()
    machines.file(2)
    machines.until_all_are_told()
    edited = (folder / "messages.yaml").read_text("utf-8").replace("expires_after: 2d", "expires_after: 1d")
    (folder / "messages.yaml").write_text(edited, "utf-8")
    machines.ask_to_reload()
    machines.until(lambda: machines.alarms() in ({"mapping-differs:mot"}, {"mapping-differs:hai"}))
    machines.file(2)
    machines.until_all_are_told()  # everything goes on
    shutil.copy(folder / "messages.yaml", other)
    machines.ask_to_reload()
    machines.until(lambda: not machines.alarms())
    machines.prove()
