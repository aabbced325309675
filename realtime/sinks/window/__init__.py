"""The window: display, keyboard, mouse, and what is drawn over the picture."""
