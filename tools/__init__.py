"""Programs for developers and installers. Importable from a checkout only, never part of the wheel."""
