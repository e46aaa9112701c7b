"""The ranking of models by votes."""
