"""Honest imitations of the outside world, for demo and tests; nothing but cli and tests imports them."""
