"""Tests of realtime.microphones."""
