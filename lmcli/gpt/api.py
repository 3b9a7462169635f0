"""Language models: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lmcli.frame.errors import LmcliError

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.gpt.chat import Conversation
    from lmcli.gpt.completing import Completion, Explained
    from lmcli.gpt.generation import Request
    from lmcli.gpt.model import Context
    from lmcli.gpt.scoring import NextToken, Score


class LanguageModel:
    """A decoder: it says which token comes next, and so continues a text.

    Options of drawing: length (tokens at most), temperature (0 takes the likeliest), top_k, top_p, min_p,
    repeat_penalty, seed (None draws one), stop (texts that end it).
    """

    def __init__(self, context: Context) -> None:
        self.context = context

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        offline: bool = False,
    ) -> LanguageModel:
        """Open a model by name or folder, by default SmolLM2; one that is not here yet is pulled first.

        Raises ModelError where it cannot be had.
        """
        from lmcli.store.library import environment

        return cls.of(environment(provider=provider, threads=threads, offline=offline), name)

    @classmethod
    def of(cls, env: Environment, name: str | None = None) -> LanguageModel:
        """The model that a command's --model names, with what it has read last; loaded once in a process."""
        settings = env.settings

        def load() -> LanguageModel:
            env.limit_blas()
            from lmcli.gpt.model import TASK, Context, open_model

            model = open_model(
                env.model(name, TASK),
                provider=settings.provider,
                threads=settings.threads,
                note=env.output.warn,
            )
            return cls(Context(model))

        key = ("text-generation", name or "", settings.provider, str(settings.threads))
        return env.cached(key, load)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.context.model.name

    def complete(self, prompt: str, **options: Any) -> Completion | Explained:
        """Continue a prompt: text, tokens, finish_reason, seed. Raises BadInput for one that is empty or too long."""
        from lmcli.gpt.completing import Completer
        from lmcli.store.library import taken

        (answer,) = Completer(self.context, request(**options)).complete([prompt])
        completion: Completion | Explained = taken(answer)[0]
        return completion

    def completions(
        self, prompts: Sequence[str], **options: Any
    ) -> list[Completion | Explained | LmcliError]:
        """Continue many prompts side by side, each as it would be alone; an error in the place of one that fails."""
        from lmcli.gpt.completing import Completer

        answers = Completer(self.context, request(**options)).complete(prompts)
        return [answer if isinstance(answer, LmcliError) else answer.rows[0] for answer in answers]

    def stream(self, prompt: str, **options: Any) -> Iterator[str]:
        """Continue a prompt piece by piece, as it is generated."""
        from lmcli.gpt.completing import Completer, Stats

        return Completer(self.context, request(**options)).stream(prompt, Stats())

    def next(self, prompt: str, *, k: int = 10, **sampling: Any) -> list[NextToken]:
        """The k likeliest next tokens: rank, token, id, prob, logprob."""
        from lmcli.gpt.sampling import Sampling
        from lmcli.gpt.scoring import next_tokens

        return next_tokens(self.context, prompt, k, Sampling(**{"temperature": 1.0} | sampling))

    def score(self, text: str) -> Score:
        """How likely the model finds a text, token by token, and its perplexity."""
        from lmcli.gpt.scoring import score

        return score(self.context, text)

    def chat(self, system: str = "") -> Chat:
        """Begin a conversation; `system` is what the model is told first."""
        from lmcli.gpt.chat import Conversation

        return Chat(Conversation(self.context, system))


class Chat:
    """A conversation with a model, in the model's own template; the cache is kept between turns."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation

    @classmethod
    def load(cls, name: str | None = None, *, system: str = "", **options: Any) -> Chat:
        """Open a model as `LanguageModel.load` does, and begin a conversation with it."""
        return LanguageModel.load(name, **options).chat(system)

    @property
    def messages(self) -> list[dict[str, str]]:
        """All turns: {role, content}, the roles user and assistant."""
        return self.conversation.messages

    def say(self, words: str, **options: Any) -> str:
        """Say something and wait for the whole answer; options are those of drawing."""
        return "".join(self.stream(words, **options))

    def stream(self, words: str, **options: Any) -> Iterator[str]:
        """Say something; the answer comes piece by piece."""
        return self.conversation.say(words, request(**{"length": 256} | options))


def request(
    *,
    length: int = 128,
    seed: int | None = None,
    stop: str | Sequence[str] = (),
    logprobs: int | None = None,
    lookup: bool = True,
    **sampling: Any,
) -> Request:
    """The request that options of drawing make. Raises BadUsage for numbers out of range."""
    from lmcli.gpt.generation import Request, new_seed
    from lmcli.gpt.sampling import Sampling

    return Request(
        length=length,
        sampling=Sampling(**{"temperature": 0.8} | sampling),
        seed=new_seed() if seed is None else seed,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        logprobs=logprobs,
        lookup=lookup,
    )
