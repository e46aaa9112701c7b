"""The workbench and its dialogs: they know whom to call, and compute nothing."""
