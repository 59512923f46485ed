"""What runs and supervises processes: the embedded store, server, worker and companions."""
