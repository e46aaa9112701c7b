"""The engine for a model that is run by the user's own code."""
