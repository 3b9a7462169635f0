"""Libraries that measure their use and send it: told not to, before they are imported."""

from __future__ import annotations

import os


def switch_off() -> None:
    """Let onnxruntime and huggingface_hub note and send nothing, here and in processes that this one starts.

    Both read their variable once, when they are loaded.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
