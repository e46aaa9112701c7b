"""The charts of one model."""
