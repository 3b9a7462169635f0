"""EfficientNet-Lite0 as plain numbers: its convolutions with the batch norms folded in (Tan and Le 2019).

The statistics of the batch norms say in which range each layer's values lay on the pictures the network was
trained on. The quantiser takes its ranges from them, so that no photo is needed (Nagel et al. 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Tensors = Mapping[str, Floats]

EPSILON = 1e-3  # of the batch norms
SIZE = 224  # pixels of a side
FEATURES = 1280
CLASSES = 1000

# repeats, kernel, stride of the first, expansion, channels out
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


@dataclass(frozen=True, slots=True)
class Conv:
    """One convolution. `mean` and `std` (channels out) are those of its output before the ReLU6."""

    name: str
    weight: Floats  # (out, in / groups, kernel, kernel)
    bias: Floats
    mean: Floats
    std: Floats
    stride: int = 1
    groups: int = 1
    relu6: bool = True

    @property
    def kernel(self) -> int:
        """Pixels of a side."""
        return int(self.weight.shape[-1])


@dataclass(frozen=True, slots=True)
class Block:
    """An inverted bottleneck: convolutions one after the other, the input added to what comes out."""

    convs: tuple[Conv, ...]
    residual: bool


@dataclass(frozen=True, slots=True)
class Network:
    """Stem, blocks and head in order, then the classifier on the mean over the picture."""

    blocks: tuple[Block, ...]
    classifier: Floats  # (1000, 1280)
    bias: Floats  # (1000,)


def fold(tensors: Tensors) -> Network:
    """The network of a checkpoint's tensors (the names of efficientnet_lite_pytorch)."""
    blocks = [Block((_conv(tensors, "_conv_stem", "_bn0", stride=2),), residual=False)]
    blocks += _blocks(tensors)
    blocks.append(Block((_conv(tensors, "_conv_head", "_bn1"),), residual=False))
    return Network(tuple(blocks), tensors["_fc.weight"], tensors["_fc.bias"])


def _blocks(tensors: Tensors) -> Iterator[Block]:
    channels, number = 32, 0
    for repeats, _kernel, first_stride, expansion, out in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            at = f"_blocks.{number}."
            convs = []
            if expansion != 1:
                convs.append(_conv(tensors, f"{at}_expand_conv", f"{at}_bn0"))
            wide = channels * expansion
            convs.append(
                _conv(tensors, f"{at}_depthwise_conv", f"{at}_bn1", stride=stride, groups=wide)
            )
            convs.append(_conv(tensors, f"{at}_project_conv", f"{at}_bn2", relu6=False))
            yield Block(tuple(convs), residual=stride == 1 and channels == out)
            channels, number = out, number + 1


def _conv(
    tensors: Tensors, name: str, norm: str, *, stride: int = 1, groups: int = 1, relu6: bool = True
) -> Conv:
    """A convolution and its batch norm as one: w' = w gamma / sigma, b' = beta - mean gamma / sigma."""
    gamma, beta = tensors[f"{norm}.weight"], tensors[f"{norm}.bias"]
    scale = gamma / np.sqrt(tensors[f"{norm}.running_var"] + EPSILON)
    return Conv(
        name=name.removeprefix("_"),
        weight=tensors[f"{name}.weight"] * scale[:, None, None, None],
        bias=beta - tensors[f"{norm}.running_mean"] * scale,
        mean=beta,
        std=np.abs(gamma),
        stride=stride,
        groups=groups,
        relu6=relu6,
    )


def padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels of zeros before and after a side of `size` pixels, TensorFlow's SAME."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
