"""The meta commands: `:help` and what else is said to the session itself. Each module adds its own to the registry."""

from lmcli.repl.meta import help, lessons, loaded, results, settings  # noqa: A004, F401
from lmcli.repl.meta.registry import REGISTRY, run

__all__ = ["REGISTRY", "run"]
