"""Rule bases as files: YAML, CLIPS, sessions."""
