"""ISDN signalling on a D-channel, by libpri."""
