"""Which pictures are meant."""

import io
from pathlib import Path

import pytest
from PIL import Image

from lmcli.draw.pictures.places import Opened, expand, is_picture, scan
from lmcli.frame.errors import BadInput


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "deep/c.webp", ".git/d.jpg"):
        path = tmp_path / "pics" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_itself_whatever_its_name(folder):
    assert list(expand("pics/notes.txt")) == ["pics/notes.txt"]
    assert list(expand("missing.jpg")) == ["missing.jpg"]  # reading it will say so


def test_a_folder_is_the_pictures_in_it(folder):
    assert list(expand("pics")) == ["pics/a.PNG", "pics/b.jpg"]
    assert list(expand("pics", recursive=True)) == ["pics/a.PNG", "pics/b.jpg", "pics/deep/c.webp"]


def test_a_folder_without_pictures_says_where_they_are(folder):
    (folder / "pics" / "a.PNG").unlink()
    (folder / "pics" / "b.jpg").unlink()
    with pytest.raises(BadInput, match=r"no pictures in this folder; .*--recursive"):
        list(expand("pics"))
    (folder / "empty").mkdir()
    with pytest.raises(BadInput, match=r"no pictures in this folder$"):
        list(expand("empty"))


def test_patterns(folder):
    assert list(expand("pics/*.jpg")) == ["pics/b.jpg"]
    assert list(expand("pics/**/*.[jw]*")) == ["pics/b.jpg", "pics/deep/c.webp"]
    with pytest.raises(BadInput, match="no file matches"):
        list(expand("pics/*.tiff"))
    (folder / "odd[1].jpg").touch()
    assert list(expand("odd[1].jpg")) == ["odd[1].jpg"]


def test_links_to_files_count_and_links_to_folders_are_not_followed(folder):
    (folder / "pics" / "link.jpg").symlink_to(folder / "pics" / "b.jpg")
    (folder / "pics" / "round").symlink_to(folder / "pics", target_is_directory=True)
    (folder / "pics" / "broken.jpg").symlink_to(folder / "gone.jpg")
    names = [Path(path).name for path, _ in scan("pics")]
    assert names == ["a.PNG", "b.jpg", "c.webp", "link.jpg"]


def data_of(kind, size=(10, 7)):
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "PPM", "JPEG2000"]
)
def test_a_picture_is_told_from_paths(kind):
    data = data_of(kind)
    assert is_picture(data)
    opened = Opened(io.BytesIO(data))
    assert is_picture(opened.start)
    assert opened.read() == data


@pytest.mark.parametrize(
    "text", ["a.png\n", "BMW.jpg\nGIF89a.gif\n", "RIFF", "P5\n", "II.jpg", "中.jpg", "x" * 70000]
)
def test_paths_are_told_from_a_picture(text):
    assert not is_picture(text.encode()[:65536])


class Slow(io.RawIOBase):
    """A stream that gives a byte at a time."""

    def __init__(self, data):
        self.data = data

    def read1(self, _size=-1):
        part, self.data = self.data[:1], self.data[1:]
        return part

    def read(self, _size=-1):
        part, self.data = self.data, b""
        return part


def test_a_slow_stream_is_read_no_further_than_needed():
    picture = Slow(data_of("JPEG"))
    assert is_picture(Opened(picture).start)
    paths = Slow(b"cat.jpg\ndog.jpg\n")
    assert Opened(paths).start == b"c"
    opened = Opened(Slow(b"BMW.jpg\n"))
    assert not is_picture(opened.start)
    assert opened.read() == b"BMW.jpg\n"


def test_what_cannot_be_read_is_told_and_the_rest_is_found(folder):
    (folder / "pics" / "loop.png").symlink_to("loop.png")
    (folder / "pics" / "nothing.png").symlink_to("none.png")
    told = []
    found = list(expand("pics", fault=lambda path, error: told.append((path, error.strerror))))
    assert found == ["pics/a.PNG", "pics/b.jpg"]
    assert told == [("pics/loop.png", "Too many levels of symbolic links")]
