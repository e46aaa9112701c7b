"""How much memory a model needs, and how much it held over time."""
