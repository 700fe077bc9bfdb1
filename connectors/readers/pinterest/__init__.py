"""Pins, in every shape in which Pinterest and its exporters write them."""
