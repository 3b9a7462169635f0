"""Bars of text."""

EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float, width: int, least: int = 0) -> str:
    """A bar of `share` (0 to 1) of `width` columns, in eighths of a column: `least` of them where share is above 0."""
    eighths = max(round(max(0.0, min(share, 1.0)) * width * 8), least if share > 0 else 0)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
