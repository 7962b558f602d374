"""Tests of plans: steps, values, stamps."""
