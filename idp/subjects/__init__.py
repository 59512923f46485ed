"""People, their documents, evidence and consents, and the claims read off the evidence chain."""
