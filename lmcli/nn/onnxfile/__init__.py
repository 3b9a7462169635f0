"""ONNX files: read, extended, written node by node, exported from torch."""
