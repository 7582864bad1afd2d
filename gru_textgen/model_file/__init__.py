"""The one file as data: read, checked, packed, found by name."""
