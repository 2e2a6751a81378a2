"""What the front panel shows: pages for a 20x4 character display."""
