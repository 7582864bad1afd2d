"""What goes on inside a model: gates, units, gradients, their pictures and page."""
