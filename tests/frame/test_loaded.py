"""What a process keeps loaded."""

from lmcli.frame.loaded import Loaded, resident


def test_the_memory_cap_drops_what_was_used_longest_ago():
    cache = Loaded()
    for name in ("a", "b", "c"):
        cache.obtain((name,), lambda: bytearray(1))
    cache.obtain(("a",), bytearray)
    assert cache.shrink(2**60) == []
    assert cache.shrink(1) == [("b",), ("c",)]
    assert list(cache.entries) == [("a",)]


def test_each_thing_is_loaded_once_until_it_is_dropped():
    cache, loads = Loaded(), []
    for _ in range(2):
        assert cache.obtain(("a", "x"), lambda: loads.append(1) or "value") == "value"
    assert len(loads) == 1
    assert cache.drop(lambda key: "y" in key) == []
    assert cache.drop(lambda key: "x" in key) == [("a", "x")]
    cache.obtain(("a", "x"), lambda: loads.append(1))
    assert len(loads) == 2


def test_memory_is_counted_and_given_back():
    cache, before = Loaded(), resident()
    cache.obtain(("big",), lambda: bytearray(b"x") * 50_000_000)
    assert cache.grown > 40_000_000 and resident() - before > 40_000_000
    cache.drop()
    assert resident() - before < 20_000_000
