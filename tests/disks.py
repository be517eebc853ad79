"""Small disks of one's own, for what happens when one is full or read-only. Only root who may mount has them."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


def may_mount() -> bool:
    """Whether a small disk can be had here."""
    with tempfile.TemporaryDirectory() as folder:
        return _mount(Path(folder), 8) and not _umount(Path(folder))


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = 8) -> Iterator[Path]:
    """A disk of so many megabytes, in a new folder."""
    folder.mkdir()
    assert _mount(folder, megabytes)
    try:
        yield folder
    finally:
        _umount(folder)


@contextlib.contextmanager
def full(folder: Path) -> Iterator[None]:
    """The disk of a folder, to the last byte."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    yield
    ballast.unlink()


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A small disk that nobody may write on."""
    _remount(folder, "ro")
    try:
        yield
    finally:
        _remount(folder, "rw")


def _mount(folder: Path, megabytes: int) -> bool:
    command = ["/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "motcua-test", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0


def _remount(folder: Path, way: str) -> None:
    subprocess.run(["/bin/mount", "-o", f"remount,{way}", str(folder)], check=True)


def _umount(folder: Path) -> int:
    return subprocess.run(["/bin/umount", "--lazy", str(folder)], check=True).returncode
