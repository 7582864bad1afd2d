"""Where text comes from, and text to ids and back."""
