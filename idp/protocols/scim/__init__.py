"""SCIM 2.0 (RFC 7643, RFC 7644) for staff and departments.

The protocol is scim2-server's; here stand what our resources are on the wire, who may ask, and how
requests become changes of the staff's room. What a change means is that room's.
"""
