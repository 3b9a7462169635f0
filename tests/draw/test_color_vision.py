"""Colours that colour-blind people tell apart, and that can be read on dark and light backgrounds.

Simulation of dichromats: Machado, Oliveira and Fernandes 2009 (severity 1), in linear RGB. Differences are
CIE 1976 L*a*b* distances: from some 10 on two colours are told apart at a glance.
"""

from itertools import combinations

import numpy as np
import pytest

from lmcli.draw.colormap import DIVERGING, INK, PALETTE, VIRIDIS, rgb
from lmcli.maze.view import picture

KINDS = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.119192, 0.9503041],
    ]
)


def lab(color, kind):
    parts = np.array(color) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.asarray(KINDS[kind]) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(color, ground):
    first, second = (((lab(one, "none")[0] + 16) / 116) ** 3 for one in (color, ground))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_a_larger_value_is_lighter_for_everybody(kind):
    lightness = [lab(VIRIDIS(value), kind)[0] for value in np.linspace(0, 1, 11)]
    assert min(np.diff(lightness)) > 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_two_sides_of_the_diverging_map_are_told_apart(kind):
    assert np.linalg.norm(lab(DIVERGING(0.1), kind) - lab(DIVERGING(0.9), kind)) > 30


@pytest.mark.parametrize("kind", KINDS)
def test_categories_are_told_apart(kind):
    colors = [lab(rgb(color), kind) for color in PALETTE]
    assert min(np.linalg.norm(a - b) for a, b in combinations(colors, 2)) > 10


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_of_a_maze_are_told_apart(kind):
    parts = {
        name: lab(getattr(picture, f"{name}_COLOR"), kind)
        for name in ("WALL", "UNSEEN", "GOAL", "TRAIL")
    }
    assert min(np.linalg.norm(a - b) for a, b in combinations(parts.values(), 2)) > 15


@pytest.mark.parametrize("color", [INK(0), INK(0.5), INK(1), DIVERGING(0.08), DIVERGING(0.92)])
def test_coloured_letters_can_be_read_on_dark_and_light(color):
    assert contrast(color, (0, 0, 0)) >= 3 and contrast(color, (255, 255, 255)) >= 3
