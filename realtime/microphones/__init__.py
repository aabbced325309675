"""Microphones: sound with the times at which it was heard."""
