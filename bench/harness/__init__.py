"""Measures servers side by side; bench/run.sh prepares them and starts this."""
