"""Sources that are files: films, animations, pictures and folders of them."""
