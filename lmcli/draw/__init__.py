"""Figures: drawings saved as svg, png or html, heatmaps, colours, fonts."""
