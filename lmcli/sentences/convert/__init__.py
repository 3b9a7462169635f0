"""Checkpoints of encoders as ONNX graphs."""
