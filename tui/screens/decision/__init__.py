"""The screen that helps to choose a model."""
