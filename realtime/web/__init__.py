"""A small web server for pages of this program: who may use it, its files, its thread."""
