"""Downloads: the queue, one transfer, and the notes that let a stopped download go on."""
