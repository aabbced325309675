"""What is drawn over the picture: badges and messages, the mouse bar, menus, filters, the tray, the card of keys."""
