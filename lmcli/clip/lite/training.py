"""The heads of clip-lite, trained on features that no photo was needed for (extra train: torch).

A picture of a class is made up: the features of some other picture, plus so much of the class's own direction
in the classifier that the class leads the others by -1 to 8 logits, plus noise. Pictures and words are brought
together by symmetric InfoNCE (Radford et al. 2021) in which all the words of a picture's class are right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmcli.clip.lite.graphs import TEXT, ImageHead, TextHead
from lmcli.clip.lite.made_up import Pictures
from lmcli.clip.lite.material import Material, Settings
from lmcli.clip.lite.network import Network

Floats = NDArray[np.float32]
Say = Callable[[str], None]

RECENTRED = 10  # steps between two centrings of the texts
NAMES = 256  # classes whose names are held against a batch, besides its own


def train(
    network: Network, material: Material, settings: Settings, say: Say
) -> tuple[ImageHead, TextHead]:
    """Train both heads; the same numbers for the same settings, material, torch and processor."""
    import torch

    torch.set_num_threads(1)  # two are no faster on products this small, and round otherwise
    torch.manual_seed(settings.seed)
    made = _Heads(material, settings)
    pictures = Pictures(network, material, settings)
    rates = [
        (made.image_parameters, settings.image_rate),
        (made.text_parameters, settings.text_rate),
    ]
    optimiser = torch.optim.AdamW(
        [{"params": list(params), "lr": rate} for params, rate in rates],
        weight_decay=settings.decay,
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, settings.steps))
    losses = _Losses(made, material, settings)
    for step in range(settings.steps):
        if step % RECENTRED == 0:
            made.recentre()
        classes = torch.randint(len(material.names), (settings.batch,))
        loss = losses(classes, pictures(classes))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            say(f"step {step + 1} of {settings.steps}, loss {loss.item():.3f}")
    return made.finished()


class _Heads:
    """The parameters of both heads and what they compute."""

    def __init__(self, material: Material, settings: Settings) -> None:
        import torch

        names = torch.tensor(material.names).mean(1)
        self.names = torch.nn.functional.normalize(names, dim=1)
        self.settings = settings
        self.names_centre = self.names.mean(0) * settings.centring
        self.sharp = torch.nn.Parameter(self.names - self.names_centre)
        self.soft = torch.nn.Parameter(self.names - self.names_centre)
        self.linear = torch.nn.Parameter(torch.eye(TEXT))
        self.inner = torch.nn.Parameter(torch.randn(TEXT, settings.hidden) / TEXT**0.5)
        self.inner_bias = torch.nn.Parameter(torch.zeros(settings.hidden))
        self.outer = torch.nn.Parameter(torch.zeros(settings.hidden, TEXT))
        self.scale = torch.nn.Parameter(torch.tensor(settings.scale).log())
        self.image_parameters = (self.sharp, self.soft)
        self.text_parameters = (self.linear, self.inner, self.inner_bias, self.outer, self.scale)
        self.centre = torch.zeros(TEXT)

    def image(self, logits: Any) -> Any:
        """The learned block (batch, 384) of pictures."""
        import torch

        mixed = logits.softmax(1) @ self.sharp + (logits / 3).softmax(1) @ self.soft
        return torch.nn.functional.normalize(mixed, dim=1)

    def text(self, vectors: Any) -> Any:
        """The learned block (n, 384) of sentence vectors."""
        import torch

        return torch.nn.functional.normalize(self.text_alone(vectors) - self.centre, dim=-1)

    def _draw_back(self, kept: float) -> None:
        """Mix the weights with those of the start, of which `kept` remains."""
        import torch

        start = self.names - self.names_centre
        with torch.no_grad():
            for weights, origin in (
                (self.sharp, start),
                (self.soft, start),
                (self.linear, torch.eye(TEXT)),
                (self.outer, torch.zeros_like(self.outer)),
            ):
                weights.lerp_(origin, kept)

    def recentre(self) -> None:
        """Take the mean over the classes' names as they are now for the centre of texts."""
        import torch

        with torch.no_grad():
            self.centre = self.text_alone(self.names).mean(0) * self.settings.centring

    def text_alone(self, vectors: Any) -> Any:
        """The same before centring."""
        import torch

        wide = 8 * vectors @ self.inner + self.inner_bias
        bent = (wide * torch.sigmoid(1.702 * wide)) @ self.outer
        return torch.nn.functional.normalize(vectors @ self.linear + bent, dim=-1)

    def finished(self) -> tuple[ImageHead, TextHead]:
        """The heads as plain numbers, drawn back towards where they started (Wortsman et al. 2022)."""
        self._draw_back(self.settings.kept)
        self.recentre()
        names = (self.names - self.names_centre).numpy()
        sharp, soft, linear, inner, inner_bias, outer = (
            value.detach().numpy()
            for value in (
                self.sharp,
                self.soft,
                self.linear,
                self.inner,
                self.inner_bias,
                self.outer,
            )
        )
        image = ImageHead(names, sharp, soft, self.settings.share, self.settings.temperature)
        centres = (self.names_centre.numpy(), self.centre.numpy())
        return image, TextHead(linear, inner, inner_bias, outer, *centres, self.settings.share)


class _Losses:
    """The loss of a batch: words, names, and nouns outside the classes."""

    def __init__(self, heads: _Heads, material: Material, settings: Settings) -> None:
        import torch

        self._heads = heads
        self._settings = settings
        self._words = torch.tensor(material.words)
        self._names = torch.tensor(material.names)
        self._others = torch.tensor(material.others)
        self._covers = torch.tensor(material.covers)  # (words, classes)
        self._nearest = (torch.tensor(material.similar) * settings.sharpness * 3).softmax(1)
        # words that mean nearly the same as a class's name are not held against its pictures
        means = torch.nn.functional.normalize(self._words.mean(1), dim=1)
        self._spared = self._covers | (means @ heads.names.T > settings.alike)
        # a word of few classes says more: it is drawn more often
        rarity = 1 / self._covers.sum(1).clamp(min=1).float().sqrt()
        self._chances = (self._covers.float() * rarity[:, None]).T.contiguous()

    def __call__(self, classes: Any, logits: Any) -> Any:
        """The loss of pictures with these logits, of these classes."""
        import torch

        heads, settings = self._heads, self._settings
        scale = heads.scale.exp().clamp(max=50)
        images = heads.image(logits)
        drawn = torch.multinomial(self._chances[classes], 1)[:, 0]
        scores = scale * images @ heads.text(self._form(self._words, drawn)).T
        right = self._spared[drawn][:, classes].T  # picture i shows word j, or nearly so
        eye = torch.eye(len(classes), dtype=torch.bool)
        scores = scores.masked_fill(right & ~eye, -torch.inf)
        own = torch.arange(len(classes))
        cross = torch.nn.functional.cross_entropy
        loss = cross(scores, own) + settings.backward * cross(scores.T, own)
        drawn_too = torch.randperm(len(self._names))[:NAMES]
        shown, own_name = torch.unique(torch.cat([classes, drawn_too]), return_inverse=True)
        names = heads.text(self._form(self._names, shown))
        own_name = own_name[: len(classes)]
        alike = heads.names[classes] @ heads.names[shown].T > settings.alike
        alike[own, own_name] = False
        found = (scale * images @ names.T).masked_fill(alike, -torch.inf)
        named = cross(found, own_name)
        loss = loss + settings.named * named
        return loss + settings.outside * self._outside(scale)

    def _outside(self, scale: Any) -> Any:
        """How far nouns outside the classes are from pictures of their nearest relatives."""
        import torch

        heads = self._heads
        chosen = torch.randint(len(self._others), (self._settings.batch,))
        texts = heads.text(self._form(self._others, chosen))
        clear = torch.nn.functional.normalize(heads.sharp + heads.soft, dim=1)
        found = (scale * texts @ clear.T).log_softmax(1)
        return torch.nn.functional.kl_div(found, self._nearest[chosen], reduction="batchmean")

    def _form(self, vectors: Any, rows: Any) -> Any:
        """A random one of each text's prompts."""
        import torch

        return vectors[rows, torch.randint(vectors.shape[1], (len(rows),))]
