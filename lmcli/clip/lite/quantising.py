"""Convolutions as ONNX nodes: in float32, or with 8 bits between quantise and dequantise nodes.

The ranges of the layers come from the network's own batch norms, and so does the mean error of rounding, which the
biases take back (Nagel et al. 2019, Data-Free Quantization): no picture is needed. A weight has a scale for each
output channel. Those of 1x1 and full convolutions reach to 90 of 127: the instructions of processors without VNNI
add two products in 16 bits, and with 127 three pairs in 100,000 would not fit, with 90 one in ten million.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.lite.network import Conv
from lmcli.clip.lite.nodes import Graph

Floats = NDArray[np.float32]

DEVIATIONS = 6.0  # of a channel around its mean that a range covers
WEIGHT_TOP = 90  # of a weight in 8 bits, but for depthwise convolutions
BIAS_STEPS = 2**30  # that a bias may have
PIXELS = (1 / 128, 127)  # scale and zero point that give back the bytes of (pixel - 127) / 128


class Plain:
    """Convolutions in float32."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def enter(self, pixels: str) -> str:
        """The value of the picture."""
        return pixels

    def leave(self, value: str) -> str:
        """The value as float32."""
        return value

    def conv(self, conv: Conv, value: str, pads: tuple[int, int]) -> str:
        """A convolution, and its ReLU6."""
        graph, name = self._graph, conv.name
        weight = graph.constant(f"{name}.weight", conv.weight)
        bias = graph.constant(f"{name}.bias", conv.bias)
        made = _conv(graph, conv, pads, (value, weight, bias))
        if not conv.relu6:
            return made
        low = graph.constant(f"{name}.low", np.float32(0))
        high = graph.constant(f"{name}.high", np.float32(6))
        return graph.op("Clip", made, low, high, to=f"{name}.relu6")

    def add(self, name: str, first: str, second: str) -> str:
        """The sum of two values."""
        return self._graph.op("Add", first, second, to=f"{name}.sum")


class Quantised:
    """The same with 8 bits. The range of a value ends where ReLU6 ends, so that rounding does its work."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._scales: dict[str, float] = {}
        self._spread: dict[str, tuple[Floats, Floats]] = {}  # mean and deviation of each channel
        self._means: dict[str, Floats] = {}  # the same means after ReLU6

    def enter(self, pixels: str) -> str:
        """The value of the picture, without loss."""
        return self._rounded(pixels, pixels, *PIXELS)

    def leave(self, value: str) -> str:
        """The value as float32."""
        return value

    def conv(self, conv: Conv, value: str, pads: tuple[int, int]) -> str:
        """A convolution, and its ReLU6."""
        graph, name = self._graph, conv.name
        top = 127 if conv.groups > 1 else WEIGHT_TOP
        entering = self._scales[value]
        least = np.abs(conv.bias) / (entering * BIAS_STEPS) + 1e-9  # of channels that are all bias
        scales = np.maximum(np.abs(conv.weight).max(axis=(1, 2, 3)) / top, least).astype(np.float32)
        whole = np.clip(np.rint(conv.weight / scales[:, None, None, None]), -top, top)
        lost = (conv.weight - whole * scales[:, None, None, None]).sum(axis=(2, 3))
        mean = self._means.get(value, np.zeros(lost.shape[-1] * conv.groups, np.float32))
        shift = lost[:, 0] * mean if conv.groups > 1 else lost @ mean
        bias_scales = scales * np.float32(entering)
        bias = np.rint((conv.bias + shift) / bias_scales).astype(np.int32)
        made = _conv(
            graph,
            conv,
            pads,
            (
                value,
                self._constant(f"{name}.weight", whole.astype(np.int8), scales),
                self._constant(f"{name}.bias", bias, bias_scales),
            ),
        )
        self._spread[f"{name}.value"] = (conv.mean, conv.std)
        self._means[f"{name}.value"] = (
            _mean_of_relu6(conv.mean, conv.std) if conv.relu6 else conv.mean
        )
        return self._ranged(name, made, conv.mean, conv.std, relu6=conv.relu6)

    def add(self, name: str, first: str, second: str) -> str:
        """The sum of two values; their deviations are taken as independent."""
        (mean, std), (other_mean, other_std) = self._spread[first], self._spread[second]
        made = self._graph.op("Add", first, second, to=f"{name}.sum")
        spread = (mean + other_mean, np.hypot(std, other_std))
        self._spread[f"{name}.value"] = spread
        self._means[f"{name}.value"] = spread[0]
        return self._ranged(name, made, *spread, relu6=False)

    def _ranged(self, name: str, made: str, mean: Floats, std: Floats, *, relu6: bool) -> str:
        high = max(float((mean + DEVIATIONS * std).max()), 1e-3)
        low = min(float((mean - DEVIATIONS * std).min()), 0.0)
        if relu6:
            low, high = 0.0, min(high, 6.0)
        scale = (high - low) / 255
        return self._rounded(name, made, scale, round(-low / scale))

    def _rounded(self, name: str, value: str, scale: float, zero: int) -> str:
        graph = self._graph
        pair = (
            graph.constant(f"{name}.scale", np.float32(scale)),
            graph.constant(f"{name}.zero", np.uint8(zero)),
        )
        whole = graph.op("QuantizeLinear", value, *pair, to=f"{name}.whole")
        self._scales[f"{name}.value"] = scale
        return graph.op("DequantizeLinear", whole, *pair, to=f"{name}.value")

    def _constant(self, name: str, whole: NDArray[np.integer], scales: Floats) -> str:
        graph = self._graph
        parts = (
            graph.constant(f"{name}.whole", whole),
            graph.constant(f"{name}.scale", scales),
            graph.constant(f"{name}.zero", np.zeros(len(scales), whole.dtype)),
        )
        return graph.op("DequantizeLinear", *parts, to=name, axis=0)


def _conv(graph: Graph, conv: Conv, pads: tuple[int, int], inputs: tuple[str, str, str]) -> str:
    before, after = pads
    return graph.op(
        "Conv",
        *inputs,
        to=f"{conv.name}.conv",
        kernel_shape=[conv.kernel] * 2,
        strides=[conv.stride] * 2,
        pads=[before, before, after, after],
        group=conv.groups,
    )


def _mean_of_relu6(mean: Floats, std: Floats) -> Floats:
    """The mean of ReLU6 of normally distributed values, by their quantiles."""
    from statistics import NormalDist

    steps = (np.arange(200) + 0.5) / 200
    places = np.array([NormalDist().inv_cdf(step) for step in steps], np.float32)
    values: Floats = np.clip(mean[:, None] + std[:, None] * places, 0, 6).mean(axis=1)
    return values.astype(np.float32)
