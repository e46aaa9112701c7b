"""Services without a screen that both the screens and the commands use."""
