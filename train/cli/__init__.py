"""The command line of `python -m train`."""
