"""159 further photos with known content, out of Debian's gcompris-qt-data 3.1-2; no part of the test suite.

    apt-get download gcompris-qt-data
    python -m tests.clip.lite.more_scores gcompris-qt-data_3.1-2_all.deb

None of them was used to train clip-lite or to choose how it is trained.
"""

from __future__ import annotations

import io
import re
import struct
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

Named = list[tuple[Image.Image, str]]

# file names that are no label, or not what anybody would call it
NAMES = {
    "dragon": "komodo dragon",
    "camels": "camel",
    "chamaeleon": "chameleon",
    "flying_fox": "bat",
    "long_nosed_monkey": "monkey",
    "macaque": "monkey",
    "meerkats": "meerkat",
    "northern_harrier": "hawk",
    "nubian_ibex": "ibex",
    "spoonbills": "spoonbill",
    "swans": "swan",
    "measuringTape": "measuring tape",
    "nailCutter": "nail clippers",
    "plier": "pliers",
    "cuttingTool": "pliers",
    "sideCutter": "pliers",
    "screwDriver": "screwdriver",
    "spray": "spray bottle",
    "tweezer": "tweezers",
    "blackslate": "blackboard",
    "bulb": "light bulb",
    "erasers": "eraser",
    "pan": "frying pan",
    "spoons": "spoon",
    "weighingMachine": "scales",
    "knife": "knife, fork and spoon",
    "buffetset": "teacup",
    "windmill7": "wind turbine",
    "solar": "solar panel",
    "IndiaGate": "triumphal arch",
    "arcDeTriomphe": "triumphal arch",
    "cathedral": "church",
    "NDP": "church",
    "eiffelTower": "tower",
    "leaningTowerOfPisa": "tower",
    "empireState": "skyscraper",
    "burj": "skyscraper",
    "greatPyramid": "pyramid",
    "greatWall": "stone wall",
    "monument1": "mosque",
    "tajMahal": "mosque",
    "operaHouse": "opera house",
    "parthenon": "Greek temple",
    "statueOfLiberty": "statue",
    "christTheRedeemer": "statue",
    "zimniPalace": "palace",
    "colosseum": "stadium",
    "FanoeWindmill": "windmill",
    "TowerBridgeLondon": "bridge",
    **dict.fromkeys(
        ("Neuschwanstein", "EilanDonanCastle", "EgeskovSlotSpejling", "Chenonceau", "Nagoya"),
        "castle",
    ),
}
FOLDERS = re.compile(
    "(explore_(world|farm)_animals/resource/animals|erase/resource|categorization/resource/images/tools)/"
)
FEW = re.compile(  # of kinds that there are dozens of
    "categorization/resource/images/(fishes/fish(1|9|13|14|18|25|27)|others/(?!README)[A-Za-z]+"
    "|renewable/(windmill(1|12|15|5|8|7)?|solar[4568]|dam[123])"
    "|monuments/(arcDeTriomphe|IndiaGate|cathedral|eiffelTower|empireState|burj|greatPyramid|greatWall"
    "|leaningTowerOfPisa|monument1|operaHouse|parthenon|statueOfLiberty|christTheRedeemer|zimniPalace"
    "|tajMahal|colosseum))[.]webp"
)
SIGHTS = re.compile(
    "details/resource/image/(FanoeWindmill|Neuschwanstein|EilanDonanCastle|TowerBridgeLondon|NDP"
    "|EgeskovSlotSpejling|Chenonceau|Nagoya)[^/]*_background[.]webp"
)
# what is right, too, and so never stands among the wrong labels
ALSO = {
    "komodo dragon": ("lizard",),
    "polar bear": ("bear",),
    "scarlet macaw": ("parrot", "bird"),
    "alpaca": ("llama",),
    "kitten": ("cat",),
    "gosling": ("duck", "goose", "bird"),
    "hawk": ("bird", "eagle"),
    "ibex": ("antelope", "goat", "deer"),
    "gibbon": ("monkey",),
    "swan": ("bird", "goose"),
    "duck": ("bird", "goose"),
    "calf": ("cow",),
    "bison": ("cow",),
    "cheetah": ("leopard",),
    "jaguar": ("leopard",),
    "chameleon": ("lizard",),
    "bee": ("insect",),
    "butterfly": ("insect",),
    **dict.fromkeys(
        ("heron", "kingfisher", "spoonbill", "toucan", "owl", "penguin", "chicken"), ("bird",)
    ),
}


def photos(deb: Path) -> Named:
    """The photos with what each shows, ordered by their paths."""
    packed = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], capture_output=True, check=True
    )
    found = {}
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        for member in archive:
            if member.name.endswith(".rcc") and "voices" not in member.name:
                stream = archive.extractfile(member)
                assert stream is not None
                found.update(_wanted(stream.read()))
    return [(Image.open(io.BytesIO(found[path])), _label(path)) for path in sorted(found)]


def _wanted(data: bytes) -> Iterator[tuple[str, bytes]]:
    for path, content in _resources(data):
        webp = path.endswith(".webp")
        if webp and (FOLDERS.search(path) or FEW.search(path) or SIGHTS.search(path)):
            yield path, content


def _label(path: str) -> str:
    name = path.rpartition("/")[2].removesuffix(".webp").removesuffix("_background")
    base = re.sub(r"\d+$", "", name)
    known = next((key for key in NAMES if name.startswith(key) and "details" in path), name)
    return NAMES.get(known) or NAMES.get(base) or base.replace("_", " ")


def _resources(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a Qt resource (rcc): a tree of names and places, version 1 or later."""
    version, tree, start, names = struct.unpack(">IIII", data[4:20])
    size = 14 if version == 1 else 22

    def walk(number: int, path: str) -> Iterator[tuple[str, bytes]]:
        at = tree + number * size
        name_at, flags = struct.unpack(">IH", data[at : at + 6])
        if number:
            (length,) = struct.unpack(">H", data[names + name_at : names + name_at + 2])
            begin = names + name_at + 6
            path += "/" + data[begin : begin + 2 * length].decode("utf-16-be")
        if flags & 2:
            count, first = struct.unpack(">II", data[at + 6 : at + 14])
            for child in range(first, first + count):
                yield from walk(child, path)
            return
        (place,) = struct.unpack(">I", data[at + 10 : at + 14])
        (length,) = struct.unpack(">I", data[start + place : start + place + 4])
        content = data[start + place + 4 : start + place + 4 + length]
        if not flags & 4:  # zstd: none of the photos
            yield path, zlib.decompress(content[4:]) if flags & 1 else content

    yield from walk(0, "")
