"""``python -m adapter`` is the same as ``motcua``."""

from adapter.cli import main

if __name__ == "__main__":
    main(prog_name="motcua")
