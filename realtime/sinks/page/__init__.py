"""The live program as a page in the browser: its picture, its controls, its files."""
