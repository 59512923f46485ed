"""The sections of the console, one module each: what they list, show and change."""
