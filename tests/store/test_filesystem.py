from pathlib import Path

import pytest

from adapter.store.filesystem import NETWORK, mounted_as, network_file_system

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw shared:2 - xfs /dev/sdb1 rw
31 30 0:41 / /srv/share rw shared:3 master:1 - nfs4 nas:/vol rw,vers=4.2
32 22 0:42 / /mnt/phong\\040ban rw - cifs //nas/pb rw
33 22 0:43 / /data rw - ext4 /dev/sdc1 rw
34 33 0:44 / /data rw - cifs //nas/data rw
a line of the future
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/var/lib/motcua.db", "ext4"),
        ("/srv/motcua.db", "xfs"),
        ("/srv/share/motcua.db", "nfs4"),
        ("/srv/shared/motcua.db", "xfs"),
        ("/mnt/phong ban/motcua.db", "cifs"),
        ("/data/motcua.db", "cifs"),
    ],
)
def test_the_nearest_and_latest_mount_decides(place: str, kind: str) -> None:
    assert mounted_as(Path(place), MOUNTS) == kind


def test_nothing_mounted_is_nothing_known() -> None:
    assert mounted_as(Path("/var"), "") == ""


def test_network_drives_are_named() -> None:
    assert {"nfs4", "cifs"} <= NETWORK
    assert "ext4" not in NETWORK


def test_a_test_folder_is_local(tmp_path: Path) -> None:
    assert network_file_system(tmp_path / "motcua.db") == ""
