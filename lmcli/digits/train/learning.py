"""What lmcli/training's loop learns here: a network, its pictures, the loss, the score on what was held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lmcli.digits.files.sources import Part
from lmcli.digits.train.augmentation import augmented, no_digits
from lmcli.nn.onnxfile.torch_export import torch

JUDGED = 2000  # pictures that run together when the network is judged
MORE = 0.06  # of a batch: digits of fonts, where there are some
NONE = 0.21  # of a batch: pictures that are no digit, where the network is to know that
UNSURE = 0.3  # weight of the loss on these


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from: pictures and labels; digits of fonts, and other signs, (n, 28, 28) from 0 to 1.

    doubts: teach the network to be unsure of what is no digit (Hendrycks et al. 2019, outlier exposure).
    """

    train: Part
    held: Part | None
    more: Part | None = None
    none: Any = None
    doubts: bool = False


class Learning:
    """A Task of lmcli/training. `strength`: how far pictures are changed, see augmentation."""

    def __init__(
        self, network: Any, material: Material, batch: int, strength: float, device: Any = "cpu"
    ) -> None:
        package = torch()
        self.network = network.to(device, memory_format=package.channels_last)
        self._material = material
        self._batch = min(batch, len(material.train.labels))
        self._strength = strength
        self._device = device
        self._pixels, self._labels = self._tensors(material.train)
        self._held = self._tensors(material.held) if material.held else None
        self._more = self._tensors(material.more) if material.more else None
        self._none = None
        if material.none is not None:
            self._none = package.as_tensor(material.none, dtype=package.uint8)
        self.steps = -(-len(self._labels) // self._batch)

    def _tensors(self, part: Part) -> tuple[Any, Any]:
        package = torch()
        return package.as_tensor(part.pixels.copy()), package.as_tensor(part.labels)

    def _input(self, pixels: Any) -> Any:
        """Bytes (n, 28, 28) as what the network reads, (n, 1, 28, 28) from 0 to 1."""
        return pixels[:, None].float() / 255

    def groups(self) -> list[dict[str, Any]]:
        """All weights in one group."""
        return [{"params": list(self.network.parameters())}]

    def batches(self, generator: Any) -> Sequence[Any]:
        """The rows of each batch, all rows in an order of chance."""
        order = torch().randperm(len(self._labels), generator=generator)
        return order.split(self._batch)  # type: ignore[no-any-return]

    def loss(self, batch: Any, generator: Any) -> Any:
        """Cross entropy on changed pictures; on those that are no digit, towards equal probabilities."""
        package = torch()
        functional = package.nn.functional
        self.network.train()
        pixels, labels = self._input(self._pixels[batch]), self._labels[batch]
        if self._more is not None:
            rows = self._drawn(len(self._more[1]), MORE, len(batch), generator)
            pixels = package.cat([pixels, self._input(self._more[0][rows])])
            labels = package.cat([labels, self._more[1][rows]])
        quarter = len(batch) // 4  # so many stay nearly as they are, as in the test
        changed = package.cat(
            [
                augmented(pixels[:quarter], 0.4 * self._strength, generator),
                augmented(pixels[quarter:], self._strength, generator),
            ]
        )
        count = len(labels)
        if self._material.doubts:
            changed = package.cat([changed, self._others(pixels, len(batch), generator)])
        logits = self.network(self._ready(changed))[0]
        labels = labels.to(self._device)
        loss = functional.cross_entropy(logits[:count], labels, label_smoothing=0.02)
        if self._material.doubts:
            unsure = -functional.log_softmax(logits[count:], 1).mean(1).sum() / count
            loss = loss + UNSURE * unsure
        return loss

    def _ready(self, pixels: Any) -> Any:
        return pixels.to(self._device, memory_format=torch().channels_last)

    def _drawn(self, count: int, share: float, size: int, generator: Any) -> Any:
        return torch().randint(count, (max(1, round(share * size)),), generator=generator)

    def _others(self, pixels: Any, size: int, generator: Any) -> Any:
        """Pictures that are no digit, a part of them letters of fonts."""
        made = no_digits(pixels[: max(1, round(NONE * 2 / 3 * size))], generator)
        if self._none is not None:
            rows = self._drawn(len(self._none), NONE / 3, size, generator)
            made = torch().cat([made, self._input(self._none[rows])])
        return augmented(made, self._strength, generator)

    def judge(self) -> Mapping[str, float] | None:
        """Accuracy and loss on the held-out pictures, unchanged."""
        if self._held is None:
            return None
        package = torch()
        right = loss = 0.0
        self.network.eval()
        with package.no_grad():
            for at in range(0, len(self._held[1]), JUDGED):
                labels = self._held[1][at : at + JUDGED].to(self._device)
                logits = self.network(self._ready(self._input(self._held[0][at : at + JUDGED])))[0]
                right += float((logits.argmax(1) == labels).sum())
                loss += float(package.nn.functional.cross_entropy(logits, labels, reduction="sum"))
        count = len(self._held[1])
        return {
            "score": right / count - 1e-6 * loss / count,
            "accuracy": right / count,
            "loss": loss / count,
        }

    def state(self) -> dict[str, Any]:
        """The network's weights."""
        return dict(self.network.state_dict())
