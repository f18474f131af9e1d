"""Programs for the developers of graphrt."""
