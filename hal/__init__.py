"""Hardware abstraction: drivers for chips, backplane and panel. Knows ports and octets, never calls."""
