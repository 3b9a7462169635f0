"""Thumbnails: the escape sequences are decoded, and what they hold is looked at."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from lmcli.draw.pictures.thumbnail import Size, blocks_of, encoded, fitted, way_of


@pytest.fixture
def picture():
    """Red on the left, blue on the right, green below."""
    image = Image.new("RGB", (60, 40), "red")
    image.paste("blue", (30, 0, 60, 40))
    image.paste("lime", (0, 30, 60, 40))
    return image


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "foot-extra"}, "sixel"),
        ({"TERM": "mlterm-256color"}, "sixel"),
        ({"TERM": "xterm-256color"}, "blocks"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, "blocks"),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/x", "TERM_PROGRAM": "iTerm.app"}, "blocks"),
        ({}, "blocks"),
    ],
)
def test_the_terminal_is_told_by_its_variables(variables, way):
    assert way_of(variables) == way


def test_the_shape_is_kept():
    assert fitted(600, 400, 30, 20) == Size(30, 10, 300, 200)
    assert fitted(100, 4000, 30, 20) == Size(1, 20, 10, 400)
    assert fitted(20000, 10, 30, 20) == Size(30, 1, 300, 1)
    assert fitted(1, 1, 30, 20) == Size(1, 1, 2, 2)


def test_kitty(picture):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 120, 3), np.uint8))
    size = fitted(120, 80)
    text = encoded(noise, "kitty", size)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in chunks) + "\n" == text
    assert len(chunks) > 1 and all(len(data) <= 4096 for _, data in chunks)
    first = dict(pair.split("=") for pair in chunks[0][0].split(","))
    assert first["a"] == "T" and first["f"] == "100" and first["q"] == "2"
    assert (int(first["c"]), int(first["r"])) == (size.columns, size.lines)
    assert [keys[-3:] for keys, _ in chunks] == ["m=1"] * (len(chunks) - 1) + ["m=0"]
    shown = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in chunks))))
    assert shown.size == (size.width, size.height)


def test_iterm2(picture):
    size = fitted(60, 40)
    found = re.fullmatch(
        r"\x1b\]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07\n", encoded(picture, "iterm2", size)
    )
    keys = dict(pair.split("=") for pair in found[1].split(";"))
    data = base64.b64decode(found[2])
    assert keys["inline"] == "1" and int(keys["size"]) == len(data)
    assert (int(keys["width"]), int(keys["height"])) == (size.columns, size.lines)
    shown = Image.open(io.BytesIO(data))
    assert shown.size == (size.width, size.height)
    assert shown.getpixel((2, 2)) == (255, 0, 0)


def decoded_sixel(text):
    """The RGB picture of a sixel sequence, read as a VT340 does."""
    found = re.fullmatch(r'\x1bPq"1;1;(\d+);(\d+)(.*)\x1b\\\n', text, re.DOTALL)
    width, height = int(found[1]), int(found[2])
    pixels = np.zeros((-(-height // 6) * 6, width, 3), np.uint8)
    palette, color, x, top = {}, 0, 0, 0
    for token in re.finditer(
        r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)", found[3]
    ):
        index, red, green, blue, count, repeated, letter, back, down = token.groups()
        if index:
            color = int(index)
            if red:
                palette[color] = [round(int(part) * 2.55) for part in (red, green, blue)]
        elif back:
            x = 0
        elif down:
            x, top = 0, top + 6
        else:
            bits = ord(repeated or letter) - 63
            end = x + int(count or 1)
            for bit in range(6):
                if bits >> bit & 1:
                    pixels[top + bit, x:end] = palette[color]
            x = end
    return pixels[:height]


def test_sixel(picture):
    size = fitted(60, 40)
    shown = decoded_sixel(encoded(picture, "sixel", size))
    assert shown.shape == (size.height, size.width, 3)
    exact = np.asarray(picture.resize((size.width, size.height)), int)
    assert np.abs(shown - exact).mean() < 3


def test_sixel_of_a_photo_like_picture():
    ramp = np.linspace(0, 255, 90).astype(np.uint8)
    image = Image.fromarray(
        np.stack(
            [np.tile(ramp, (70, 1)), np.tile(ramp[:70, None], 90), np.full((70, 90), 99)], -1
        ).astype(np.uint8)
    )
    shown = decoded_sixel(encoded(image, "sixel", Size(9, 4, 90, 70)))
    assert np.abs(shown - np.asarray(image, int)).mean() < 8


def test_half_blocks(picture):
    size = fitted(60, 40, 20, 10)
    pixels = blocks_of(picture, size)
    assert pixels.shape == (2 * size.lines, size.columns, 3)
    assert pixels[0, 0].tolist() == [255, 0, 0] and pixels[0, -1].tolist() == [0, 0, 255]
    assert pixels[-1, 5].tolist() == [0, 255, 0]
