"""Thousands of short calls in virtual time, with mishaps, and books that must agree in the end."""
