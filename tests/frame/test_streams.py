"""What follows from a command's streams, variables and settings."""

import io

import pytest

from lmcli.frame.streams import Settings, Streams


@pytest.mark.parametrize(
    ("variables", "color", "isatty", "expected"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", True, False),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
    ],
)
def test_who_decides_on_colour(variables, color, isatty, expected):
    settings = Settings(color=color)
    streams = Streams(io.BytesIO(), io.StringIO(), io.StringIO(), variables, settings=settings)
    assert streams.wants_color(isatty) is expected
