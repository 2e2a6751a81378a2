"""Hardware abstraction: drivers for the chips, the backplane and the panel. Knows ports and octets, never calls."""
