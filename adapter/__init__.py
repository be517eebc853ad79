"""motcua-zalo: tells citizens on Zalo what happens to their dossiers at the one-stop shop."""

__version__ = "0.1.0"
