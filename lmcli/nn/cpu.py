"""How many cores this process may use."""

from __future__ import annotations

import os
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")
_CGROUP = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def allowed_cores() -> int:
    """Physical cores that the process may run on: its affinity, hyper-threads counted once, less a cgroup's quota.

    At least 1. Where the system does not say which threads share a core, each counts as a core.
    """
    cores = _physical_cores()
    quota = _cgroup_quota()
    return max(1, cores if quota is None else min(cores, round(quota)))


def _physical_cores() -> int:
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cpus = os.sched_getaffinity(0)
    cores = {_core_of(cpu) for cpu in cpus}
    return len(cores)


def _core_of(cpu: int) -> tuple[str, str]:
    """What names the physical core of a cpu; the cpu itself where the kernel does not tell."""
    folder = _TOPOLOGY / f"cpu{cpu}" / "topology"
    package, core = _text(folder / "physical_package_id"), _text(folder / "core_id")
    return (package, core) if package and core else ("cpu", str(cpu))


def _cgroup_quota() -> float | None:
    """The tightest quota, in cpus, of the process's cgroup and those above it (v2, v1)."""
    quotas = []
    for folder in _own_cgroups("", _CGROUP):
        limit, _, period = _text(folder / "cpu.max").partition(" ")
        if limit.isdigit() and period.isdigit():
            quotas.append(int(limit) / int(period))
    for folder in _own_cgroups("cpu", _CGROUP / "cpu"):
        limit, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
        if limit.isdigit() and period.isdigit():
            quotas.append(int(limit) / int(period))
    return min(quotas, default=None)


def _own_cgroups(controller: str, root: Path) -> list[Path]:
    """The folders of this process's cgroup and its parents under `root`."""
    for line in _text(_OWN_CGROUP).splitlines():
        _, controllers, name = line.split(":", 2)
        if controller in controllers.split(","):
            own = root / name.strip("/")
            return [own, *(parent for parent in own.parents if parent.is_relative_to(root))]
    return [root]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
