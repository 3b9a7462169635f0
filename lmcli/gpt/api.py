"""Language models: what the commands use, and Python programs too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmcli.frame.errors import LmcliError

if TYPE_CHECKING:
    from lmcli.frame.environment import Environment
    from lmcli.gpt.chat import Conversation
    from lmcli.gpt.completing import Completer, Completion
    from lmcli.gpt.forms.choices import Chosen
    from lmcli.gpt.prompting.compare import Accuracy, Task
    from lmcli.gpt.request import Request
    from lmcli.gpt.scoring import NextToken, Score
    from lmcli.nn.decoding.context import Context


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
        env.limit_blas()
        from lmcli.nn.decoding.opening import begin

        begin(env, name)
        # read while onnxruntime opens the graph
        import lmcli.gpt.completing  # noqa: F401
        from lmcli.nn.decoding.context import context_of

        return cls(context_of(env, name))

    @property
    def name(self) -> str:
        """The model's name."""
        return self.context.model.name

    def complete(self, prompt: str, **options: Any) -> Completion:
        """Continue a prompt: text, tokens, finish_reason, seed; with logprobs=K an `Explained`.

        Raises BadInput for a prompt that is empty or too long.
        """
        from lmcli.store.library import taken

        (answer,) = self.completer(request(**options)).complete([prompt])
        found: Completion = taken(answer)[0]
        return found

    def completions(self, prompts: Sequence[str], **options: Any) -> list[Completion | LmcliError]:
        """Continue many prompts side by side, each as it would be alone; an error in the place of one that fails."""
        answers = self.completer(request(**options)).complete(prompts)
        return [answer if isinstance(answer, LmcliError) else answer.rows[0] for answer in answers]

    def stream(self, prompt: str, **options: Any) -> Iterator[str]:
        """Continue a prompt piece by piece, as it is generated."""
        from lmcli.gpt.completing import Stats

        return self.completer(request(**options)).stream(prompt, Stats())

    def completer(
        self,
        request: Request,
        *,
        count: int = 1,
        echo: bool = False,
        regex: str | None = None,
        schema: Path | None = None,
    ) -> Completer:
        """What completes prompts as one request says, `count` times each, with the prompt before it where `echo`.

        The texts match `regex` as a whole, or are JSON of the `schema` in a file. Raises BadInput for a
        form that cannot be kept to.
        """
        from lmcli.gpt.completing import Completer

        start = None
        if regex is not None or schema is not None:
            from lmcli.gpt.forms.structure import of_regex, of_schema

            model = self.context.model
            start = (of_schema(model, schema) if schema else of_regex(model, regex or "")).start
        return Completer(self.context, request, count=count, echo=echo, start=start)

    def choose(self, prompt: str, choices: Sequence[str]) -> Chosen:
        """Answer a prompt with the likeliest of some strings, and weigh them all."""
        from lmcli.gpt.forms.choices import choose

        return choose(self.context, prompt, choices)

    def next(self, prompt: str, *, k: int = 10, **sampling: Any) -> list[NextToken]:
        """The k likeliest next tokens: rank, token, id, prob, logprob."""
        from lmcli.gpt.request import Sampling
        from lmcli.gpt.scoring import next_tokens

        return next_tokens(self.context, prompt, k, Sampling(**{"temperature": 1.0} | sampling))

    def score(self, text: str) -> Score:
        """How likely the model finds a text, token by token, and its perplexity."""
        from lmcli.gpt.scoring import score

        return score(self.context, text)

    def compare(
        self, task: Task, advance: Callable[[float], None] = lambda _step: None
    ) -> Iterator[Accuracy]:
        """Answer a task's questions with each of its prompting strategies; `advance` is told of each answer."""
        from lmcli.gpt.prompting.compare import compare

        return compare(self.context, task, advance)

    def foreign(self, text: str) -> tuple[str, ...]:
        """What is to be said of a text of which a good part is in a script that the model's languages lack."""
        return self.context.model.foreign(text)

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
    from lmcli.gpt.request import Request, Sampling, new_seed

    return Request(
        length=length,
        sampling=Sampling(**{"temperature": 0.8} | sampling),
        seed=new_seed() if seed is None else seed,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        logprobs=logprobs,
        lookup=lookup,
    )
