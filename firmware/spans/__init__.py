"""E1 spans: their alarms, their signalling, and the channels that carry calls."""
