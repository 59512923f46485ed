"""Channels: the devices that speak for a place, and later windows, operators and the hotline."""
