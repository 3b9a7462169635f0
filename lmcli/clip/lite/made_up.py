"""Pictures that are made up: features of an unlabelled picture in which a class is made to stand out."""

from __future__ import annotations

from typing import Any

from lmcli.clip.lite.material import Material, Settings
from lmcli.clip.lite.network import Network


class Pictures:
    """Made-up pictures of classes, as the classifier's logits."""

    def __init__(self, network: Network, material: Material, settings: Settings) -> None:
        import torch

        self._weight = torch.tensor(network.classifier)
        self._bias = torch.tensor(network.bias)
        self._directions = self._weight - self._weight.mean(0)
        self._gains = self._weight @ self._directions.T  # (logit, class that is added)
        self._backgrounds = torch.tensor(material.backgrounds)
        self._spread = self._backgrounds.std(0)
        self._settings = settings

    def __call__(self, classes: Any) -> Any:
        """Logits (batch, 1000) of a picture of each of `classes`."""
        import torch

        low, high = self._settings.lead
        count = len(classes)
        features = self._backgrounds[torch.randint(len(self._backgrounds), (count,))]
        features = features * torch.rand(count, 1).mul(0.8).add(0.2)
        lead = torch.rand(count) * (high - low) + low
        amount = self._amount(features @ self._weight.T + self._bias, classes, lead)
        noise = torch.randn_like(features) * self._spread * self._settings.noise
        features = torch.relu(features + amount[:, None] * self._directions[classes] + noise)
        return features @ self._weight.T + self._bias

    def _amount(self, logits: Any, classes: Any, lead: Any) -> Any:
        """How much of each class's direction makes it lead the other logits by `lead`, by halving."""
        import torch

        rows = torch.arange(len(classes))
        gains = self._gains[:, classes].T
        low, high = torch.zeros(len(classes)), torch.full((len(classes),), 30.0)
        for _ in range(18):
            middle = (low + high) / 2
            found = logits + middle[:, None] * gains
            own = found[rows, classes].clone()
            found[rows, classes] = -torch.inf
            enough = own - found.max(1).values >= lead
            low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
        return high
