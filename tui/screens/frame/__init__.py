"""The frame that all screens share, their help, and what is shown when something fails."""
