"""The line doctor: finds out what is wrong with an analog line, and what to set. Pure."""
