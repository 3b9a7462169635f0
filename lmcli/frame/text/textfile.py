"""Text files as others save them: with a byte order mark, which is no part of the text, or in another encoding."""

from __future__ import annotations

from pathlib import Path

from lmcli.frame.errors import BadInput

BOM = "\ufeff"
UTF16 = (b"\xff\xfe", b"\xfe\xff")  # the byte order marks of UTF-16


def read_text(path: Path) -> str:
    """The text of a file. Raises BadInput as `decoded` does, OSError where it cannot be read."""
    return decoded(path.read_bytes(), str(path))


def decoded(data: bytes, name: str) -> str:
    """The text of bytes in UTF-8, without a byte order mark; `name` stands in messages.

    Raises BadInput with the number of the first line that is not UTF-8, or where the text is UTF-16.
    """
    refuse_utf16(data, name)
    try:
        return data.decode().removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{name}:{line}: not UTF-8", "convert it with iconv") from None


def refuse_utf16(start: bytes, name: str) -> None:
    """Raise BadInput where the `start` of a file is that of UTF-16."""
    if start.startswith(UTF16):
        raise BadInput(f"{name}: this is UTF-16", "convert it with: iconv -f UTF-16 -t UTF-8")
