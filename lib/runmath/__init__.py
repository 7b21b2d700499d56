"""Run the Math."""
