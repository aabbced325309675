"""Label faces in a browser: frames that are worth it, the network's proposals, a page to correct them on, a CSV."""
