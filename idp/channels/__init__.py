"""Channels: devices, windows, operators and the hotline; still to be furnished."""
