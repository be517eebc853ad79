"""The composition root: the only room that knows everybody. Joins settings, store, doors and steps into a House.

By module: ``books`` needs no door, so that whoever only opens the store does not wait for the libraries of every door;
``fittings`` are single doors, ``house`` is everything together.
"""
