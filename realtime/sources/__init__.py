"""Where frames come from: one contract, several implementations."""
