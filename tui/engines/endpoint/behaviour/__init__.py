"""How a server behaves: what it takes, when it is ready, whether it did as it was told, and how it names models."""
