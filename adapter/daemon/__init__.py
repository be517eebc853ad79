"""The background daemon: scheduler, threads, health listener, signals. Starts, stops, nothing else."""

from adapter.daemon.running import Role, run

__all__ = ["Role", "run"]
