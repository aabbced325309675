"""Sound: microphones, their clock, the soundtrack of a recording, and sound copied from a file."""
