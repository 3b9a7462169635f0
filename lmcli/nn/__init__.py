"""Neural graphs: the only door to onnxruntime and tokenizers."""
