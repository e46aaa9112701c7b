"""The first screen: models, streams, memory and results around a prompt."""
