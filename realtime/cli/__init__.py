"""The command line of the live program."""
