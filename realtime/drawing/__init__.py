"""Everything that sets pixels: primitives, text, stickers, letterboxing."""
