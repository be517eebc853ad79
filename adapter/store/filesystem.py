"""Does a file lie on a network drive? SQLite's write-ahead log corrupts there (sqlite.org/wal.html)."""

from pathlib import Path

NETWORK = frozenset(
    {
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    }
)

MOUNTS = Path("/proc/self/mountinfo")


def network_file_system(path: Path) -> str:
    """The kind of network drive a file lies on; empty for a local disk, or where it cannot be told."""
    place = path.absolute()
    if place.drive.startswith(("\\\\", "//")):
        return "UNC"
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    kind = mounted_as(place.resolve(), mounts)
    return kind if kind in NETWORK else ""


def mounted_as(place: Path, mounts: str) -> str:
    """The file system kind that holds a resolved path, by the text of ``mountinfo`` (proc(5)); empty if none does."""
    found, kind = -1, ""
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:  # noqa: PLR2004 - proc(5): the fifth field is the mount point
            continue
        point = Path(fields[4].replace("\\040", " "))
        # The later of two mounts on one point hides the earlier: hence >=.
        if (place == point or point in place.parents) and len(point.parts) >= found:
            found, kind = len(point.parts), after.split(" ")[0]
    return kind
