"""What a user can do and change during a run, and what every front end shows of it."""
