"""Documents in a mailbox: its threads, and the files attached to them."""
