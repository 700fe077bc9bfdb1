"""Telling members that data got old, needs them, or is well again: in the app and by mail."""
