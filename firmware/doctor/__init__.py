"""The line doctor: finds out what is wrong with a line or an E1, and what to set. Pure."""
