"""The live program: sources, a tracker, filters and sinks joined by one loop."""
