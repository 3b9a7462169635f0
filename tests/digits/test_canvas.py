"""The paper that is drawn on."""

from lmcli.digits.canvas import SIDE, UNDO, Canvas


def test_a_stroke_with_keys():
    canvas = Canvas()
    assert canvas.is_blank
    canvas.move(-8, 0)
    assert canvas.is_blank  # the pen is up
    canvas.press()
    for _ in range(10):
        canvas.move(1, 0)
    canvas.lift()
    canvas.move(0, 9)
    ink = canvas.ink
    assert ink[12:22, 20].min() == 1
    assert ink[17, 28] == 0


def test_a_mouse_that_is_fast_leaves_no_gap():
    canvas = Canvas()
    canvas.press((5.5, 5))
    canvas.to((30.5, 30), draw=True)
    assert all(canvas.ink[place, place] > 0.9 for place in range(6, 30))


def test_undo_clear_and_the_eraser():
    canvas = Canvas()
    canvas.press((10, 10))
    canvas.lift()
    before = canvas.ink.copy()
    canvas.clear()
    assert canvas.is_blank
    canvas.undo()
    assert (canvas.ink == before).all()
    canvas.erasing = True
    canvas.press((10, 10))
    assert canvas.is_blank
    canvas.undo()
    canvas.undo()
    canvas.undo()
    assert canvas.is_blank
    for _ in range(UNDO + 20):
        canvas.press((3, 3))
    assert len(canvas._before) == UNDO


def test_the_pen_stays_on_the_paper():
    canvas = Canvas()
    canvas.press()
    canvas.move(-1000, 1000)
    assert canvas.pen == (0, SIDE - 1)
