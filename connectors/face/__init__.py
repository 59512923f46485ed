"""Person–document comparison (人证比对): a living face against the authority's photograph.

A liveness session is opened first; the capture page is the authority's, so no picture of anybody
passes through us. The server then fetches the result, once, by the session's id.
"""
