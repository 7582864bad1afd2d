"""Where text comes from, and text as ids."""
