"""What goes on inside an image tower."""
