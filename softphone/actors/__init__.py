"""What lives: each actor runs one pure machine and tells the others what it did."""
