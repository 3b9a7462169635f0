"""Pictures to vectors as they come: in order, at once, in flat memory, and stopped when nobody takes more."""

import threading
import time

import numpy as np
import pytest
from PIL import Image

from lmcli.clip.files.flow import image_vectors
from lmcli.clip.model import Clip
from lmcli.frame.errors import BadInput
from lmcli.frame.loaded import resident
from lmcli.frame.models import bundled_folder, read_spec

LITE = bundled_folder() / "clip-lite"


@pytest.fixture(scope="module")
def clip() -> Clip:
    return Clip(read_spec(LITE), read_spec(bundled_folder() / "all-minilm-l6-v2"), threads=2)


def picture(number: int) -> Image.Image:
    """A picture of one colour; every fifth cannot be read, and takes longest to find out."""
    if number % 5 == 4:
        time.sleep(0.02)
        raise BadInput(f"{number}: no picture")
    return Image.new("RGB", (64 + number % 7, 64), (number % 256, 255 - number % 256, 99))


def test_results_stand_in_order_and_errors_at_their_place(clip):
    found = list(image_vectors(clip, range(40), picture))
    assert [number for number, _ in found] == list(range(40))
    for number, vector in found:
        if number % 5 == 4:
            assert isinstance(vector, BadInput) and str(vector) == f"{number}: no picture"
        else:
            alone = clip.encode_images(clip.preprocessing(picture(number))[None])[0]
            assert np.abs(vector - alone).max() < 1e-5
            assert abs(float(np.linalg.norm(vector)) - 1) < 1e-5


def test_a_result_does_not_wait_for_the_next_picture_to_be_named(clip):
    more = threading.Event()

    def slowly():
        yield 0
        assert more.wait(60)
        yield 1

    coming = image_vectors(clip, slowly(), picture)
    assert next(coming)[0] == 0
    more.set()
    assert [number for number, _ in coming] == [1]


def test_a_fault_of_the_input_comes_after_the_results_before_it(clip):
    def cut():
        yield from range(3)
        raise BadInput("the list is cut")

    taken = []
    with pytest.raises(BadInput, match="the list is cut"):
        for number, _ in image_vectors(clip, cut(), picture):
            taken.append(number)
    assert taken == [0, 1, 2]


def test_what_is_no_error_of_a_picture_is_raised(clip):
    def broken(_number):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(image_vectors(clip, range(3), broken))


def test_little_is_read_ahead_and_nothing_after_the_end(clip):
    named = []

    def naming():
        for number in range(10_000):
            named.append(number)
            yield number

    coming = image_vectors(clip, naming(), picture)
    next(coming)
    time.sleep(0.3)
    assert len(named) < 40
    coming.close()
    time.sleep(0.3)
    before = len(named)
    time.sleep(0.3)
    assert len(named) == before


def test_results_that_nobody_takes_are_not_made(clip):
    threads = threading.active_count()
    for _ in range(5):
        image_vectors(clip, iter(range(10_000)), picture)
    deadline = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= threads


@pytest.mark.slow
def test_memory_is_flat(clip):
    def run(count):
        for _ in image_vectors(clip, range(0, 5 * count, 5), picture):
            pass
        return resident()

    start = run(100)
    assert run(500) < start + 20_000_000


def test_no_pictures(clip):
    assert list(image_vectors(clip, [], picture)) == []
