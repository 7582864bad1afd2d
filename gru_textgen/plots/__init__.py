"""Themes and plain curves."""
