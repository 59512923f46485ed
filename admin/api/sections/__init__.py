"""One module for each kind of thing: what an operation takes, does and answers."""
