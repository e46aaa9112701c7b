"""Bring a model from Hugging Face: convert its folder, or a GGUF file, into a folder that the runtime can load."""
