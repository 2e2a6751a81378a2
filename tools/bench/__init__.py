"""What the engine and the calls cost, beside their peers."""
