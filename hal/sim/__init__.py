"""Chip models at register level, behind the same seam as the real buses; world side in `hal/sim/world.py`."""
