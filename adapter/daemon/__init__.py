"""The background daemon: scheduler, threads, health listener, signals. Starts, stops, nothing else."""

from adapter.daemon.presence import alive, at_work, signs
from adapter.daemon.running import STOP, Role, run

__all__ = ["STOP", "Role", "alive", "at_work", "run", "signs"]
