"""Chip models at register level, behind the same seam as the real buses. See `hal/sim/world.py` for their world side."""
