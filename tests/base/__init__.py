"""Tests of what every part needs."""
