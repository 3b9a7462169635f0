import ctypes
import json

import numpy as np
import pytest

from lmcli.frame.errors import BadUsage, ModelError
from lmcli.nn import onnx, providers
from lmcli.nn.onnxfile.writer import probe_model
from tests.conftest import peer
from tests.nn.onnxfile.test_graph import two_steps

PROBE = onnx.probe
X = np.array([[1, 2], [3, 4]], dtype=np.float32)


@pytest.fixture(autouse=True)
def _fresh_sessions():
    yield
    onnx.close_sessions()
    PROBE.cache_clear()
    onnx._noted.clear()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "probe.onnx"
    path.write_bytes(probe_model())
    return path


def test_run_gives_named_outputs(path):
    session = onnx.open_session(path)
    assert session.provider == "cpu"
    assert session.inputs == {"x": onnx.Value("x", (2, 2), "float32")}
    np.testing.assert_array_equal(session.run({"x": X})["y"], X @ X)


def test_session_is_reused_until_the_file_or_an_option_changes(path):
    first = onnx.open_session(path)
    assert onnx.open_session(path) is first
    assert onnx.open_session(path, threads=1, provider="cpu") is not first
    path.write_bytes(probe_model() + b"\x2a\x01a")  # a further field, doc_string
    assert onnx.open_session(path) is not first


def test_the_oldest_session_is_dropped(path, monkeypatch):
    monkeypatch.setattr(onnx, "KEPT_SESSIONS", 2)
    first = onnx.open_session(path, threads=1)
    for threads in (2, 3):
        onnx.open_session(path, threads=threads)
    assert onnx.open_session(path, threads=1) is not first


def test_refusals_name_the_file(path, tmp_path):
    session = onnx.open_session(path)
    with pytest.raises(ModelError, match=r"probe\.onnx: onnxruntime cannot run it"):
        session.run({"x": X.astype(np.float64)})
    with pytest.raises(ModelError, match=r"probe\.onnx: onnxruntime cannot run it"):
        session.run({})
    with pytest.raises(ModelError, match="No such file"):
        onnx.open_session(tmp_path / "none.onnx")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(probe_model()[:50])
    with pytest.raises(ModelError, match=r"cut\.onnx: onnxruntime cannot open it"):
        onnx.open_session(cut)
    with pytest.raises(BadUsage, match="level"):
        onnx.open_session(path, optimisation="most")


def test_further_outputs(tmp_path):
    path = tmp_path / "two.onnx"
    path.write_bytes(two_steps())
    got = onnx.open_session(path, outputs=["scores"]).run({"x": X})
    scores = X @ np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_allclose(got["scores"], scores)
    np.testing.assert_allclose(got["y"].sum(axis=1), 1, rtol=1e-6)


@pytest.mark.peer
def test_further_outputs_find_weights_beside_the_file(tmp_path):
    peer("onnx")
    import onnx as made

    model = made.load_from_string(two_steps())
    path = tmp_path / "two.onnx"
    made.save(model, path, save_as_external_data=True, location="two.data", size_threshold=0)
    got = onnx.open_session(path, outputs=["scores"]).run({"x": X})
    np.testing.assert_allclose(got["scores"], X @ np.arange(6, dtype="f").reshape(2, 3))


class _CopiesWhenBound:
    """A binding that copies an array when it is bound, as onnxruntime does for every device but the CPU."""

    def __init__(self, raw):
        self._raw = raw
        self._copies = []

    def __getattr__(self, name):
        return getattr(self._raw, name)

    def bind_input(self, name, device, number, dtype, shape, address):
        count = int(np.prod(shape)) * np.dtype(dtype).itemsize
        copy = np.frombuffer(ctypes.string_at(address, count), dtype).reshape(shape)
        self._copies.append(copy)
        self._raw.bind_input(name, device, number, dtype, shape, copy.ctypes.data)

    def bind_cpu_input(self, name, array):
        self.bind_input(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_binding_runs_in_place(path, device, monkeypatch):
    """Arrays are read as they are at each run, also where binding copies them."""
    session = onnx.open_session(path)
    binding = session.bind()
    if device != "cpu":
        monkeypatch.setattr(type(session), "device", device)
        binding._raw = _CopiesWhenBound(binding._raw)
    state = np.array([[1, 1], [0, 1]], dtype=np.float32)
    result = np.empty((2, 2), dtype=np.float32)
    binding.input("x", state)
    binding.output("y", result)
    for power in (2, 4):
        binding.run()
        np.testing.assert_array_equal(binding["y"], [[1, power], [0, 1]])
        state[:] = result
    assert binding["y"] is result


def test_binding_with_allocated_and_device_values(path):
    session = onnx.open_session(path)
    binding = session.bind()
    buffer = session.buffer((2, 2), np.float32)
    buffer.update_inplace(X)
    binding.input("x", buffer)
    binding.output("y")
    binding.run()
    np.testing.assert_array_equal(binding["y"], X @ X)
    with pytest.raises(ValueError, match="C-contiguous"):
        binding.input("x", X.T)


def test_profile_is_written_as_named(path, tmp_path):
    trace = tmp_path / "trace.json"
    session = onnx.open_session(path, profile=trace)
    session.run({"x": X})
    onnx.close_sessions()
    assert any(event["name"] == "model_run" for event in json.loads(trace.read_text()))
    assert session.finish_profile() is None


def test_a_provider_that_is_not_built_in_is_refused(path):
    with pytest.raises(ModelError) as caught:
        onnx.open_session(path, provider="cuda")
    assert "cuda cannot run: the installed onnxruntime was built without it" in str(caught.value)
    assert "onnxruntime-gpu" in caught.value.hint


def test_a_provider_that_is_listed_but_does_not_start(path, monkeypatch, capfd):
    """The list is faked, the failure is onnxruntime's own: auto falls back and says so once."""
    built = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnx, "available", lambda: built)
    with pytest.raises(ModelError, match="cuda cannot run"):
        onnx.open_session(path, provider="cuda")
    notes = []
    for threads in (1, 2):
        session = onnx.open_session(path, threads=threads, note=notes.append)
        assert session.provider == "cpu"
    assert len(notes) == 1
    assert "cuda does not work here" in notes[0]
    assert capfd.readouterr() == ("", "")


def test_a_model_that_the_gpu_cannot_take_runs_on_the_cpu(path, monkeypatch):
    """The probe is said to work; opening then fails with onnxruntime's own reason."""
    built = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnx, "available", lambda: built)
    monkeypatch.setattr(onnx, "probe", lambda _provider: None)
    notes = []
    session = onnx.open_session(path, note=notes.append)
    assert session.provider == "cpu"
    np.testing.assert_array_equal(session.run({"x": X})["y"], X @ X)
    assert "cuda cannot run this model" in notes[0] and "running on cpu" in notes[0]
    with pytest.raises(ModelError, match="cannot open it"):
        onnx.open_session(path, provider="cuda")


def test_probe_of_the_cpu():
    assert onnx.probe(providers.CPU) is None
