import os

import pytest

from lmcli.nn import cpu


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of eight logical cpus in four cores, in a cgroup without a limit."""
    for number in range(8):
        folder = tmp_path / f"cpu{number}" / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text("0\n")
        (folder / "core_id").write_text(f"{number % 4}\n")
    group = tmp_path / "cgroup"
    (group / "a" / "b").mkdir(parents=True)
    own = tmp_path / "own"
    own.write_text("0::/a/b\n")
    monkeypatch.setattr(cpu, "_TOPOLOGY", tmp_path)
    monkeypatch.setattr(cpu, "_CGROUP", group)
    monkeypatch.setattr(cpu, "_OWN_CGROUP", own)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    return tmp_path


def test_hyper_threads_count_once(machine):
    assert cpu.allowed_cores() == 4


def test_affinity(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {1, 5})
    assert cpu.allowed_cores() == 1


@pytest.mark.parametrize(("limit", "cores"), [("200000 100000", 2), ("50000 100000", 1)])
def test_quota_of_a_parent_cgroup(machine, limit, cores):
    (machine / "cgroup" / "a" / "cpu.max").write_text(limit)
    (machine / "cgroup" / "a" / "b" / "cpu.max").write_text("max 100000")
    assert cpu.allowed_cores() == cores


def test_quota_of_cgroup_version_1(machine):
    (machine / "own").write_text("4:memory:/x\n1:cpu,cpuacct:/a\n0::/\n")
    folder = machine / "cgroup" / "cpu" / "a"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text("300000")
    (folder / "cpu.cfs_period_us").write_text("100000")
    assert cpu.allowed_cores() == 3


def test_unknown_topology_counts_logical_cpus(machine, monkeypatch):
    monkeypatch.setattr(cpu, "_TOPOLOGY", machine / "none")
    assert cpu.allowed_cores() == 8


def test_this_machine():
    assert 1 <= cpu.allowed_cores() <= os.cpu_count()
