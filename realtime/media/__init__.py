"""Files of pictures, film and sound: opening, saving, and their colours."""
