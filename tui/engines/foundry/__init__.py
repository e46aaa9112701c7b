"""The engine for a model that the Foundry Local runtime runs."""
