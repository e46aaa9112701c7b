"""Models on the disk, in the catalogue and on servers: they are listed, downloaded, registered, checked and removed."""
