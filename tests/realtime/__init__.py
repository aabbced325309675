"""Tests of the live program."""
