"""The screen of the catalogue and its dialogs."""
