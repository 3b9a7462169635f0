"""Lessons to hand out: Markdown, HTML, notebooks."""
