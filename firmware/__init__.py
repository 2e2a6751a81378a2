"""The product: lines, calls, menus (IVR), queues (ACD), media, records, configuration and its faces."""

__version__ = "0.1.0"
