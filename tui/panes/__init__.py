"""The widgets of the workbench: told by ``show(event)``, asking by messages, not knowing each other."""
