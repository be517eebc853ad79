"""A province's one-stop system in dialect D1 (reference/onestop.md 3.4): typed .NET SOAP, with fault knobs."""
