"""The live program: its configuration and its run."""
