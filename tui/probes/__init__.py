"""Readings of the machine: memory, processes, GPUs, energy and what disturbs a measurement."""
