"""The door to the province: reads a one-stop system over SOAP, dialect D1 (reference/onestop.md 3.4)."""

from adapter.onestop.source import SoapSource

__all__ = ["SoapSource"]
