"""Thinking: pure functions from values to values. No I/O, no clock, no chance, no logging (DESIGN 3)."""
