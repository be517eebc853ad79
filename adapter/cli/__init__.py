"""The commands, one module per noun; the only place that prints and exits. They stand on ``wiring``."""

from adapter.cli.app import main

__all__ = ["main"]
