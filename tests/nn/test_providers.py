import sys

import pytest

from lmcli.frame.errors import BadUsage, ModelError
from lmcli.nn import providers

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
ALL = [provider.onnx_name for provider in providers.PROVIDERS]


def works(_provider):
    return None


def only(*names):
    return lambda provider: None if provider.name in names else "no device"


def test_auto_takes_the_best_that_works():
    assert providers.choose("auto", [CUDA, CPU], works).provider.name == "cuda"
    assert providers.choose("auto", ALL, only("dml", "cpu")).provider.name == "dml"


def test_auto_without_a_gpu_build_says_nothing_and_probes_nothing():
    def probe(provider):
        raise AssertionError(provider)

    assert providers.choose("auto", [CPU], probe) == providers.Choice(providers.CPU)


def test_auto_says_what_it_passed_over():
    choice = providers.choose("auto", [CUDA, CPU], only("cpu"))
    assert choice.provider is providers.CPU
    assert choice.note.startswith("cuda does not work here (no device); running on cpu")


def test_auto_leaves_those_that_must_be_asked_for():
    names = ["TensorrtExecutionProvider", "CoreMLExecutionProvider", CPU]
    assert providers.choose("auto", names, works).provider is providers.CPU
    assert providers.choose("tensorrt", names, works).provider.name == "tensorrt"


def test_a_named_provider_never_falls_back():
    with pytest.raises(ModelError, match="cuda cannot run: no device") as caught:
        providers.choose("cuda", [CUDA, CPU], only("cpu"))
    assert "pip install 'onnxruntime-gpu[cuda,cudnn]'" in caught.value.hint
    assert caught.value.exit_code == 4


def test_a_provider_of_another_system_has_no_install_line(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(ModelError) as caught:
        providers.choose("coreml", [CPU], works)
    assert caught.value.hint == "it is not for this system; use --provider auto"


def test_unknown_name():
    with pytest.raises(BadUsage, match="did you mean cuda"):
        providers.choose("cdua", ALL, works)


def test_states():
    found = {state.provider: state for state in providers.states([CUDA, CPU], only("cpu"))}
    assert found["cpu"].works and found["cpu"].install is None
    assert (found["cuda"].works, found["cuda"].reason) == (False, "no device")
    assert not found["tensorrt"].built_in and "built without" in found["tensorrt"].reason
    others = {"linux": "dml", "win32": "migraphx", "darwin": "cuda"}
    assert others[sys.platform] not in {
        state.provider for state in providers.states([CPU], only("cpu"))
    }


def test_conflict():
    assert providers.conflict(["onnxruntime", "numpy"]) is None
    text = providers.conflict(["onnxruntime", "onnxruntime_gpu"])
    assert "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu" in text
