"""What the hub refuses and how the network fails, in lmcli's words."""

from __future__ import annotations

from typing import Any

from lmcli.store.fetch.patience import PASSING, TransferError, retry_after


def fault_of(error: Exception, what: str) -> TransferError:
    """The hub's refusals and the network's faults in lmcli's words."""
    known = {
        "GatedRepoError": (
            "is gated: its owner asks you to accept terms",
            "accept them on the hub's page and set HF_TOKEN",
        ),
        "RepositoryNotFoundError": (
            "is not on the hub, or not for you",
            "check the name; private repositories need HF_TOKEN",
        ),
        "RevisionNotFoundError": ("has no such revision", "check what follows the @"),
        "EntryNotFoundError": ("is not in the repository", None),
    }
    for kind in type(error).__mro__:
        if kind.__name__ in known and "LocalEntry" not in type(error).__name__:
            text, hint = known[kind.__name__]
            return TransferError(f"hf:{what} {text}", hint)
    response = _response(error)
    if response is not None:
        headers = {str(key): str(value) for key, value in response.headers.items()}
        code, wait = int(response.status_code), retry_after(headers)
        return TransferError(
            f"hf:{what}: the hub answers {code}" + (" (too many requests)" if code == 429 else ""),
            f"wait {wait:.0f} s and pull again" if wait else "pull again later",
            passing=code in PASSING,
            wait=wait,
        )
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return TransferError(
        f"hf:{what} cannot be fetched: {lines[0]}",
        "check the network and HF_ENDPOINT; what was fetched is kept, and pulling again goes on",
        passing=isinstance(error, (OSError, TimeoutError)) or _is_network(error),
    )


def _response(error: BaseException | None) -> Any:
    """The response that an error, or one that it came of, carries."""
    while error is not None:
        response = getattr(error, "response", None)
        if response is not None and hasattr(response, "status_code"):
            return response
        error = error.__cause__
    return None


def _is_network(error: BaseException) -> bool:
    """Whether an error is the HTTP library's own, of whatever library that is."""
    return any(
        kind.__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "requests", "urllib3")
        for kind in type(error).__mro__
    )
