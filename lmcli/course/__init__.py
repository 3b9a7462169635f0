"""The course: lessons that run the real commands, played in the terminal, checked and handed out."""
