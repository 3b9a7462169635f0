"""Sentence vectors and search by meaning: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmcli.frame.errors import LmcliError, Noted

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.nn.encoder import Tell, Vectors
    from lmcli.sentences.files.index import Collection
    from lmcli.sentences.files.reading import Report
    from lmcli.sentences.methods import Embedder
    from lmcli.sentences.searching import Hit, Wanted


class Encoder:
    """Texts to vectors of length 1, so that a dot product is a cosine.

    method: minilm (a neural encoder, the default), glove-mean (the mean of word vectors) or sif (their
    weighted sum, Arora et al. 2017).
    """

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        method: str = "minilm",
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> Encoder:
        """Open a model by name or folder, by default the bundled one; it stays loaded in this process.

        Raises ModelError where it cannot be had.
        """
        from lmcli.store.library import environment

        env = environment(provider=provider, threads=threads, offline=offline)
        return cls.of(env, name, method)

    @classmethod
    def of(cls, env: Environment, name: str | None = None, method: str = "minilm") -> Encoder:
        """The encoder that a command's --model and --method name, loaded once in a process."""
        if method == "minilm":
            from lmcli.nn.encoder import encoder_of

            return cls(encoder_of(env, name))

        def load() -> Embedder:
            from lmcli.sentences.bags import MeanOfWords, SmoothInverseFrequency
            from lmcli.vectors.wordvectors import TASK, WordVectors

            kind = MeanOfWords if method == "glove-mean" else SmoothInverseFrequency
            return kind(WordVectors.open(env.model(name, TASK)))

        return cls(env.cached(("sentences", method, name or ""), load))

    @property
    def name(self) -> str:
        """The model's name."""
        return self.embedder.name

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return self.embedder.dimensions

    def embed(self, texts: str | Sequence[str], *, tell: Tell | None = None) -> Vectors:
        """The vectors, float32 [n, dimensions], of texts in their order.

        `tell(index, read)` is told of each text that was cut, or not wholly understood.
        """
        return self.embedder.encode([texts] if isinstance(texts, str) else texts, tell=tell)

    def similarity(self, a: str, b: str) -> float:
        """The cosine of two texts, -1 to 1."""
        first, second = self.embed([a, b])
        return float(first @ second)


class Index:
    """The paragraphs of files with their vectors: in memory, or in a folder that is brought up to date."""

    def __init__(self, collection: Collection, encoder: Encoder) -> None:
        self.collection = collection
        self.encoder = encoder

    @classmethod
    def build(
        cls,
        places: str | Path | Sequence[str | Path],
        *,
        folder: str | Path | None = None,
        encoder: Encoder | None = None,
        report: Report | None = None,
        keys: Sequence[str] = (),
    ) -> Index:
        """Read files and folders. With `folder` the vectors are kept there, and only what changed is embedded.

        Without places, the index in `folder` is brought up to date with those that it was made of. With `keys`
        (as ["title=2", "tags"]) the files' records are read, and found by these fields.

        Raises BadInput for a place that does not exist, NoAnswer where there is no text.
        """
        from lmcli.sentences.files.indexing import read_collection, refresh
        from lmcli.sentences.records.keys import Keys

        encoder = encoder or Encoder.load()
        given = [places] if isinstance(places, (str, Path)) else places
        paths = [str(place) for place in given]
        report = report or _quiet()
        found_by = Keys.of(keys)
        if folder is None:
            return cls(read_collection(paths, encoder.embedder, report, found_by), encoder)
        return cls(refresh(Path(folder), paths, encoder.embedder, report, found_by), encoder)

    @classmethod
    def open(cls, folder: str | Path, *, encoder: Encoder | None = None) -> Index:
        """Open what `build` kept in a folder, as it is. Raises BadInput where it is damaged or not there."""
        from lmcli.sentences.files.index import ParagraphIndex

        return cls(ParagraphIndex.open(Path(folder)), encoder or Encoder.load())

    def __len__(self) -> int:
        """How many paragraphs there are."""
        return len(self.collection)

    def left_out(self, by_words: bool = False) -> str | None:
        """What is to be said of paragraphs of which nothing is understood. Raises NoAnswer as `left_out` does."""
        from lmcli.sentences.searching import left_out

        return left_out(self.collection, self.encoder.embedder, by_words)

    def search(
        self,
        query: str,
        *,
        k: int = 5,
        context: int = 0,
        hybrid: bool = False,
        where: Sequence[str] = (),
        values: Sequence[str] = (),
    ) -> list[Hit]:
        """The k paragraphs nearest to a query, best first: path, line, text, score (a cosine).

        context: this many paragraphs before and after each, too. hybrid: ranked by words (BM25) and meaning.
        Of records: where are conditions (as "year>=2020"), values the fields that answer; hits have key and values.
        """
        from lmcli.sentences.records.keys import Condition
        from lmcli.sentences.searching import Wanted
        from lmcli.store.library import taken

        conditions = tuple(map(Condition.of, where))
        (answer,) = self.answers([query], Wanted(k, context, hybrid, conditions, tuple(values)))
        hits: list[Hit] = taken(answer)
        return hits

    def answers(
        self, queries: Sequence[str], wanted: Wanted | None = None
    ) -> list[Noted | LmcliError]:
        """The best paragraphs for each query; an error in the place of one that is not understood."""
        from lmcli.sentences.searching import Wanted, search

        return search(self.collection, self.encoder.embedder, queries, wanted or Wanted())


def _quiet() -> Report:
    """A report that warns as Python does, and says nothing by the way."""
    from warnings import warn

    from lmcli.sentences.files.reading import Report

    return Report(warn, lambda _note: None, lambda _share: None)
