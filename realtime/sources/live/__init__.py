"""Sources that go on whether we read or not: cameras and streams."""
