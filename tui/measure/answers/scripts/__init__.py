"""Text of all scripts: one form to compare it in, and where words, sentences and characters end."""
