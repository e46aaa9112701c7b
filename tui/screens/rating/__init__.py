"""The screen for rating answers, and the dialogs for models that judge."""
