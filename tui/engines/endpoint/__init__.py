"""The engine for a model on an OpenAI-compatible server."""
