"""The nets that classify texts, as torch modules: token ids (n, t) and their mask in, logits (n, labels) out.

Bag: the words' mean, in which their order is lost (Joulin et al. 2016). Recurrent: RNN (Elman 1990), LSTM (Hochreiter
and Schmidhuber 1997), GRU (Cho et al. 2014); the state after the last word answers. Convolutional: what is found most
strongly anywhere (Kim 2014), beside a weight for each word and pair of words. Transformer: BERT (Devlin et al. 2018).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

FEWEST_ROWS = 1024
FACTORS = (31, 7919, 104_729, 1_299_709)


def gram_rows(words: Sequence[Any], rows: int) -> Any:
    """The row, from 1 on, that neighbours have among those that all of their number share, by a hash."""
    return sum(word * by for word, by in zip(words, FACTORS, strict=False)) % (rows - 1) + 1


class Bag(nn.Module):  # type: ignore[misc]
    """The mean of the words' vectors, a hidden layer with ReLU, the logits."""

    def __init__(self, words: int, labels: int, size: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.hidden = nn.Linear(size, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, labels)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        mask = attention_mask.unsqueeze(2).float()
        mean = (self.embedding(input_ids) * mask).sum(1) / mask.sum(1).clamp(min=1)
        return self.output(self.dropout(torch.relu(self.hidden(self.dropout(mean)))))


class Recurrent(nn.Module):  # type: ignore[misc]
    """An RNN, LSTM or GRU; its state after the last word, the logits."""

    KINDS: Mapping[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}

    def __init__(
        self, kind: str, words: int, labels: int, size: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.cell = self.KINDS[kind](size, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, labels)
        if kind == "lstm":  # a forget gate that begins open (Jozefowicz et al. 2015)
            with torch.no_grad():
                self.cell.bias_ih_l0[hidden : 2 * hidden] = 1

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        states, _ = self.cell(self.dropout(self.embedding(input_ids)))
        last = (attention_mask.sum(1) - 1).clamp(min=0).reshape(-1, 1, 1)
        state = states.gather(1, last.expand(-1, 1, states.shape[2]))[:, 0]
        return self.output(self.dropout(state))


class Convolutional(nn.Module):  # type: ignore[misc]
    """Convolutions over one to four words, the strongest answer of each filter, the logits.

    To the logits are added those of a bag: a weight of each word, of each pair of neighbours, of each three (as many
    tables as `grams` has numbers of rows), for each label.
    """

    def __init__(
        self,
        words: int,
        labels: int,
        size: int,
        filters: int,
        dropout: float,
        grams: Sequence[int],
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size, padding_idx=0)
        self.filters = nn.ModuleList(
            nn.Conv1d(size, filters, width, padding=width // 2) for width in (1, 2, 3, 4)
        )
        self.words = nn.Embedding(words, labels, padding_idx=0)
        self.grams: Any = nn.ModuleList(
            nn.Embedding(max(FEWEST_ROWS, 2 * rows // labels), labels, padding_idx=0)
            for rows in grams
        )
        for table in (self.words, *self.grams):
            nn.init.zeros_(table.weight)
        self.dropout = nn.Dropout(dropout)
        self.thinned = nn.Dropout(0.2)
        self.output = nn.Linear(4 * filters, labels)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        mask = attention_mask.unsqueeze(2).float()
        vectors = (self.thinned(self.embedding(input_ids)) * mask).transpose(1, 2)
        found = torch.cat([_strongest(each, vectors, attention_mask) for each in self.filters], 1)
        bag = (self.words(input_ids) * mask).sum(1)
        parts = [input_ids]
        for before, table in enumerate(self.grams, 1):
            parts = [*(part[:, :-1] for part in parts), input_ids[:, before:]]
            rows = gram_rows(parts, table.num_embeddings) * attention_mask[:, before:]
            bag = bag + table(rows).sum(1)
        return self.output(self.dropout(found)) + 2 * bag / mask.sum(1).clamp(min=1).sqrt()


def average(nets: Sequence[Any]) -> Any:
    """A net whose logits are the mean of those of several of one shape: their filters side by side, each on its own."""
    whole: Any = copy.deepcopy(nets[0])
    with torch.no_grad():
        vectors = torch.cat([net.embedding.weight for net in nets], 1)
        words, size = vectors.shape
        whole.embedding = nn.Embedding(words, size, padding_idx=0)
        whole.embedding.weight.copy_(vectors)
        for at, filters in enumerate(whole.filters):
            width = filters.kernel_size[0]
            many = filters.out_channels * len(nets)
            wide: Any = nn.Conv1d(size, many, width, padding=width // 2, groups=len(nets))
            wide.weight.copy_(torch.cat([net.filters[at].weight for net in nets]))
            wide.bias.copy_(torch.cat([net.filters[at].bias for net in nets]))
            whole.filters[at] = wide
        shares = [net.output.weight.chunk(len(net.filters), 1) for net in nets]
        whole.output = nn.Linear(
            sum(part.shape[1] for own in shares for part in own), whole.words.embedding_dim
        )
        whole.output.weight.copy_(
            torch.cat([part for own in zip(*shares, strict=True) for part in own], 1) / len(nets)
        )
        whole.output.bias.copy_(sum(net.output.bias for net in nets) / len(nets))
        for at, table in enumerate((whole.words, *whole.grams)):
            table.weight.copy_(sum((net.words, *net.grams)[at].weight for net in nets) / len(nets))
    return whole


def _strongest(filters: Any, vectors: Any, attention_mask: Any) -> Any:
    """What each filter finds most strongly in a text (n, filters), beyond its end nothing."""
    mask = attention_mask
    if filters.kernel_size[0] % 2 == 0:  # such filters find one thing more than there are words
        mask = nn.functional.pad(mask, (1, 0), value=1)
    return (torch.relu(filters(vectors)) * mask.unsqueeze(1)).amax(2)


class Transformer(nn.Module):  # type: ignore[misc]
    """A BERT, the mean of its last states, the logits."""

    def __init__(self, encoder: Any, labels: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(encoder.config.hidden_size, labels)

    def forward(self, input_ids: Any, attention_mask: Any) -> Any:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        mask = attention_mask.unsqueeze(2).float()
        return self.output(self.dropout((states * mask).sum(1) / mask.sum(1).clamp(min=1)))

    def freeze(self, layers: int | None) -> None:
        """Leave the embeddings and the first `layers` as they are; with None all of the encoder."""
        kept = [self.encoder] if layers is None else [self.encoder.embeddings]
        kept += [] if layers is None else list(self.encoder.encoder.layer[:layers])
        for module in kept:
            module.requires_grad_(False)


def net(
    kind: str,
    words: int,
    labels: int,
    *,
    size: int,
    hidden: int,
    dropout: float,
    grams: Sequence[int],
) -> Any:
    """A net with weights as torch draws them. grams: rows that pairs share, threes, ..., with two labels (cnn)."""
    if kind == "mlp":
        return Bag(words, labels, size, hidden, dropout)
    if kind == "cnn":
        return Convolutional(words, labels, size, hidden, dropout, grams)
    return Recurrent(kind, words, labels, size, hidden, dropout)
