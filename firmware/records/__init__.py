"""The event log, the call table, the audit table and the recordings."""
