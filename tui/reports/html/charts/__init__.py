"""The charts of a page: what each of them shows, and where everything in it stands."""
