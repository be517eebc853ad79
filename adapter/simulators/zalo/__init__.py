"""Zalo, honestly imitated: OAuth, Official Account and ZBS hosts in one process, for demo and tests."""
