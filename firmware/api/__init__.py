"""The JSON interface on a Unix socket: the only way in for the faces."""
