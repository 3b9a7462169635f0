"""Where rule bases are found: by name among the bundled ones, or by path."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from lmcli.expert.files.schema import load
from lmcli.expert.model import RuleBase
from lmcli.frame.errors import BadInput, did_you_mean

FOLDER = Path(__file__).parents[1] / "bases"


def bundled() -> list[str]:
    """The names of the bases that come with lmcli."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def place(name: str) -> Path:
    """The file of a base, by bundled name or by path. Raises BadInput where there is none."""
    if name in bundled():
        return FOLDER / f"{name}.yaml"
    path = Path(name)
    if path.is_dir():
        raise BadInput(f"{name} is a folder, not a rule base")
    if path.exists():
        return path
    near = get_close_matches(name, bundled(), n=2)
    hint = did_you_mean(near) or f"bundled: {', '.join(bundled())}; or name a .yaml file"
    raise BadInput(f"there is no rule base {name!r}", hint)


def open_base(name: str) -> RuleBase:
    """Read a base; see `place` and `schema.load`. A CLIPS file is imported as it is read."""
    path = place(name)
    if path.suffix == ".clp":
        from lmcli.expert.clips.clips import load_clips

        return load_clips(path)
    return load(path)
