"""Files made by chance, to find what readers do not expect: `python -m tests.fuzz.NAME --minutes N` by hand."""
