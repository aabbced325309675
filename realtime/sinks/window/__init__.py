"""The window: display, keyboard, on-screen texts, the strip of filters."""
