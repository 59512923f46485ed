"""The citizen's own space: who I am here, where I am signed in, who used my identity."""
