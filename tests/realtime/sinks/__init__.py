"""Tests of realtime.sinks."""
