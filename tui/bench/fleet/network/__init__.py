"""The network of a fleet: the only room that imports Dask and the library of certificates, an optional extra."""
