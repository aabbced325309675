"""Where frames go: one contract, several implementations."""
