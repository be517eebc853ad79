"""Doing: one step, short transactions, safe to run twice. Steps meet the outside only through ports."""
