"""The screen with the charts of one model."""
