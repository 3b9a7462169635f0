"""pip: how it is called here, a wheel fetched with it, and the package index that it uses."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from lmcli.frame.errors import ModelError
from lmcli.store.fetch.fetching import current, disk_full, online
from lmcli.store.fetch.package_index import Requirement, fetch_from
from lmcli.store.fetch.transfer import Meter

_INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


@cache
def pip_command() -> tuple[str, ...] | None:
    """How to call pip here: as a module, from its wheel in the standard library, or by name."""
    candidates: list[tuple[str, ...]] = [(sys.executable, "-m", "pip")]
    try:
        import ensurepip

        bundled = sorted((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
        candidates += [(sys.executable, str(wheel / "pip")) for wheel in bundled]
    except ImportError:
        pass
    candidates += [(found,) for name in ("pip3", "pip") if (found := shutil.which(name))]
    if found := shutil.which("uv"):
        candidates.append((found, "tool", "run", "pip"))
    for candidate in candidates:
        tried = subprocess.run([*candidate, "--version"], capture_output=True, check=False)
        if tried.returncode == 0:
            return candidate
    return None


def wheel_with_pip(
    pip: tuple[str, ...],
    requirement: Requirement,
    filename: str | None,
    sha256: str | None,
    folder: Path,
) -> Path:
    """Fetch a wheel of a release into `folder`. Raises ModelError where pip cannot, or may not for `sha256`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pip-", dir=folder) as work:
        listed = Path(work) / "requirements.txt"
        pin = f" --hash=sha256:{sha256}" if sha256 else ""
        listed.write_text(f"{requirement}{pin}\n", encoding="utf-8")
        words = ("download", "--no-deps", "--only-binary", ":all:", "--no-input")
        quiet = ("--disable-pip-version-check", "--dest", work, "--requirement", str(listed))
        code, errors = _run(pip, (*words, *quiet), requirement)
        found = sorted(Path(work).glob("*.whl"))
        if code != 0 or not found:
            raise _refusal(errors, requirement, folder)
        (wheel,) = found
        if filename is not None and wheel.name != filename:
            # the platform's own wheel, where a certain one was asked for: the index has that, too
            return fetch_from(index_url(), requirement, filename, sha256, folder)
        target = folder / wheel.name
        wheel.replace(target)
        return target


def _run(pip: tuple[str, ...], words: tuple[str, ...], requirement: Requirement) -> tuple[int, str]:
    """Run pip and show its progress; gives its exit code and what it wrote to stderr."""
    how = online(str(requirement))
    how.say(f"fetching {requirement} with pip")
    told = "raw" if _version(pip) >= (24, 1) else "off"  # "raw" is written for programs, and new
    command = [*pip, *words, "--progress-bar", told]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as running,
        ExitStack() as bar,
    ):
        meter = Meter(lambda total: bar.enter_context(how.progress(str(requirement), total)))
        for line in running.stdout or ():
            if match := re.match(r"Progress (\d+) of (\d+)", line):
                meter.reach(int(match[1]), int(match[2]))
        code = running.wait()
        errors.seek(0)
        return code, errors.read()


def _version(pip: tuple[str, ...]) -> tuple[int, ...]:
    shown = subprocess.run([*pip, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"pip (\d+)\.(\d+)", shown)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _refusal(stderr: str, requirement: Requirement, folder: Path) -> ModelError:
    if "No space left" in stderr or "Disk quota" in stderr or "File too large" in stderr:
        return disk_full(folder)
    errors = re.findall(r"^ERROR: (.+)$", stderr, re.MULTILINE)
    text = errors[0] if errors else (stderr.strip().splitlines() or ["pip says nothing"])[-1]
    if "DO NOT MATCH THE HASHES" in stderr:
        text = "the index gives other bytes than the pinned sha256 names"
    elif "connection broken by" in stderr:  # pip says then that it has found no version
        text = "the package index cannot be reached"
    return ModelError(
        f"{requirement} cannot be fetched: {text}",
        "check the network and pip's index (pip config list)",
    )


def index_url() -> str:
    """The package index in force: as the environment names it, else as pip is set up.

    Raises ModelError where neither says.
    """
    for variable in _INDEX_VARIABLES:
        if url := current().variables.get(variable):
            return url
    pip = pip_command()
    if pip is not None:
        # pip's help names the index that its configuration gives, or its own
        shown = subprocess.run(
            [*pip, "download", "--help"],
            capture_output=True,
            text=True,
            check=False,
            env={**current().variables, "COLUMNS": "1000"},
        ).stdout
        if match := re.search(r"--index-url <url>[^\n]*\(default:? (\S+?)\)", shown):
            return match[1]
    raise ModelError(
        "there is no pip here, and no package index is named",
        "set PIP_INDEX_URL to your package index, or install pip",
    )
