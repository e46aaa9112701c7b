"""Models on the disk, in the catalogue and on servers: list, download, register, check, remove."""
