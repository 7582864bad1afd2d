"""The commands, one small module for each kind. Heavy imports happen inside them."""
