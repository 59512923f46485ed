"""Sample clients: two portals and a kiosk, real relying parties that use public endpoints alone."""
