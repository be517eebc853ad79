"""The background daemon: scheduler, threads, health listener, signals. Starts, stops, nothing else."""

from adapter.daemon.presence import at_work, signs
from adapter.daemon.running import STOP, Role, alive, run

__all__ = ["STOP", "Role", "alive", "at_work", "run", "signs"]
