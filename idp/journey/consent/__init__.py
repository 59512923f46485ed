"""The consent step: what a service is told."""
